"""The forms of a finding's page: valid input goes to a service, then back to the page."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import View

from shield.accounts.models import User
from shield.accounts.pages import get_visible_or_404, require
from shield.accounts.policy import may
from shield.common.errors import ShieldError
from shield.common.refusals import form_refused
from shield.evidence.outcome import Severity
from shield.findings import forms, services
from shield.findings.days import end_of_day
from shield.findings.models import Finding, Ticket
from shield.findings.transitions import TABLE, Move


class MoveRequired:
    """View mixin: lets in whoever may make one of the moves on anything at all; the service then asks
    about the finding itself."""

    moves: ClassVar[tuple[Move, ...]]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Ask the policy first, then do the work."""
        acts = [act for move in self.moves for act in TABLE[move].acts]
        if not any(may(request.user, act) for act in acts):
            require(request.user, acts[0])
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


def finding_or_404(request: HttpRequest, pk: int) -> Finding:
    """The finding, when this user may see it."""
    rows = Finding.objects.select_related("service", "assignee")
    return get_visible_or_404(rows, request.user, "finding.view", pk=pk)


def refused(
    request: HttpRequest, form: Form, finding: Finding, error: ShieldError | None = None
) -> HttpResponse:
    """The form with what was typed, ready to be sent about the finding as it is now."""
    now = finding_or_404(request, finding.pk)
    fresh = {"seen": now.seen_token} if "seen" in form.fields else {}
    back = now.get_absolute_url()
    return form_refused(request, form, row=now, back=back, error=error, fresh=fresh)


class FindingAct(MoveRequired, View):
    """A form of the finding's page."""

    form_class: type[Form] = forms.ActForm
    done: str | Promise = ""

    def post(self, request: HttpRequest, pk: int, **more: Any) -> HttpResponse:  # noqa: ANN401
        """Do it, say so, and show the finding again."""
        finding = finding_or_404(request, pk)
        form = self.form_class(request.POST)
        if isinstance(form, forms.AssignForm):
            form.know(request.user)
        if form.is_valid():
            data = form.cleaned_data
            # Without the token there is nothing that says which state was looked at.
            data["seen"] = data.get("seen") or None
            try:
                self.apply(finding, data | more, cast(User, request.user))
            except ShieldError as error:
                return refused(request, form, finding, error)
            messages.success(request, str(self.done))
            return redirect(finding)
        return refused(request, form, finding)

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        """Call the service."""
        raise NotImplementedError


class FindingComment(FindingAct):
    """Add a comment."""

    moves = (Move.COMMENT,)
    form_class = forms.CommentForm
    done = _("Your comment is on the timeline.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        services.finding_comment(finding=finding, text=data["text"], actor=actor)


class FindingClaim(FindingAct):
    """Take it, or give it back."""

    moves = (Move.CLAIM,)
    done = _("The owner is recorded.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        mine = finding.assignee_id == actor.pk
        services.finding_assign(
            finding=finding, assignee=None if mine else actor, actor=actor, seen=data["seen"]
        )


class FindingAssign(FindingAct):
    """Make somebody, or nobody, responsible."""

    moves = (Move.ASSIGN, Move.CLAIM)
    form_class = forms.AssignForm
    done = _("The owner is recorded.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        services.finding_assign(
            finding=finding, assignee=data["assignee"], actor=actor, seen=data["seen"]
        )


class FindingStart(FindingAct):
    """Begin to work on it."""

    moves = (Move.START,)
    form_class = forms.StartForm
    done = _("Work on this finding has started.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        services.finding_start(finding=finding, actor=actor, **data)


class FindingRelease(FindingAct):
    """Stop working on it."""

    moves = (Move.RELEASE,)
    form_class = forms.ReleaseForm
    done = _("The finding waits again.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        services.finding_release(finding=finding, actor=actor, **data)


class FindingReopen(FindingAct):
    """Take a false positive back."""

    moves = (Move.REOPEN,)
    form_class = forms.ReopenForm
    done = _("The finding is open again.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        services.finding_reopen(finding=finding, actor=actor, **data)


class FindingSeverity(FindingAct):
    """Override the severity."""

    moves = (Move.SEVERITY,)
    form_class = forms.SeverityForm
    done = _("The severity is changed; the policy's stays beside it.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        data["severity"] = Severity(data["severity"])
        services.finding_severity_change(finding=finding, actor=actor, **data)


class FindingDue(FindingAct):
    """Set another due date."""

    moves = (Move.DUE,)
    form_class = forms.DueForm
    done = _("The due date is changed; the first one stays on record.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        data["due_at"] = end_of_day(data["due_at"])
        services.finding_due_change(finding=finding, actor=actor, **data)


class FindingTicket(FindingAct):
    """Link a ticket."""

    moves = (Move.TICKET,)
    form_class = forms.TicketForm
    done = _("The ticket is linked.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        services.ticket_add(finding=finding, url=data["url"], title=data["title"], actor=actor)


class FindingTicketRemove(FindingAct):
    """Unlink a ticket."""

    moves = (Move.TICKET,)
    done = _("The ticket is unlinked.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        ticket = get_object_or_404(Ticket, pk=data["ticket"], finding=finding)
        services.ticket_remove(ticket=ticket, actor=actor)


class ClaimDecision(FindingAct):
    """Decide a false positive that waits."""

    form_class = forms.DecisionForm

    def apply(self, finding: Finding, data: dict[str, Any], actor: User) -> None:
        claim = get_object_or_404(
            finding.false_positives.select_related("finding__service"), pk=data["claim"]
        )
        self.decide(claim=claim, note=data["note"], actor=actor, seen=data["seen"])

    def decide(self, **facts: Any) -> None:  # noqa: ANN401
        """Call the service."""
        raise NotImplementedError


class ClaimConfirm(ClaimDecision):
    """Agree."""

    moves = (Move.CONFIRM_FALSE_POSITIVE,)
    done = _("It is confirmed as a false positive.")

    def decide(self, **facts: Any) -> None:  # noqa: ANN401
        services.false_positive_confirm(**facts)


class ClaimReject(ClaimDecision):
    """Disagree."""

    moves = (Move.REJECT_FALSE_POSITIVE,)
    done = _("The claim is rejected; the finding stays.")

    def decide(self, **facts: Any) -> None:  # noqa: ANN401
        services.false_positive_reject(**facts)


class ClaimWithdraw(ClaimDecision):
    """Take the claim back."""

    moves = (Move.WITHDRAW_FALSE_POSITIVE,)
    done = _("The claim is withdrawn.")

    def decide(self, **facts: Any) -> None:  # noqa: ANN401
        services.false_positive_withdraw(**facts)

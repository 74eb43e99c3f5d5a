"""Acceptances: what waits for a decision, what is accepted until when, and the page to decide on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import FormView, TemplateView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import visible
from shield.common.errors import NotPermitted, ShieldError
from shield.common.listing import ListPage
from shield.common.refusals import form_refused, renewed
from shield.findings import forms, services
from shield.findings.choices import AcceptanceStatus
from shield.findings.exporting import with_measurement, yardstick
from shield.findings.filters import TABS, AcceptanceFilter
from shield.findings.history import finding_history
from shield.findings.models import Acceptance, Finding
from shield.findings.outlook import gate_outlook
from shield.findings.selectors import acceptance_counts, acceptances_all
from shield.findings.tables import AcceptanceTable
from shield.findings.transitions import TABLE, Move, offers
from shield.findings.views.acts import MoveRequired, finding_or_404
from shield.findings.views.detail import peers

OWN_COLUMNS = frozenset(
    {
        "status", "treatment", "category", "reason", "controls", "severity", "value", "low", "high",
        "decision_note", "ended_because",
    }
)  # fmt: skip
"""What a file takes from an acceptance as it is."""


class AcceptanceList(PermissionRequired, ListPage[Acceptance]):
    """All acceptances; first what waits for a decision."""

    act = "finding.view"
    model = Acceptance
    table_class = AcceptanceTable
    filterset_class = AcceptanceFilter
    template_name = "findings/acceptance_list.html"
    title = _("Acceptances")
    export_name = "acceptances"
    export_columns = (
        "id", "finding", "service", "unit", "status", "treatment", "category", "reason", "controls",
        "severity", "value", "low", "high", "proposer", "proposed_at", "decider", "decided_at",
        "decision_note", "expires_at", "ended_at", "ended_because", "mitigate_by", "n",
        "threshold_min", "threshold_max", "confidence", "simultaneous", "measured_in",
        "compared_with", "method", "run", "measured_at",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Acceptance]:
        return visible(acceptances_all(), self.request.user, "finding.view")

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The list plus its tabs with their counts."""
        context = super().get_context_data(**kwargs)
        shown = self.request.GET.get("show", "")
        totals = acceptance_counts(self.request.user)
        return context | {
            "chips": [chip for chip in context["chips"] if chip.label != str(_("Show"))],
            "tabs": [(key, label, totals[key], key == shown) for key, label in TABS],
        }

    def export_items(self, queryset: QuerySet[Acceptance]) -> Iterable[Acceptance]:
        return with_measurement(queryset).iterator(chunk_size=500)

    def export_row(self, item: Acceptance) -> dict[str, object]:
        service = item.finding.service
        own = {name for name in self.export_columns if name in OWN_COLUMNS}
        return {name: getattr(item, name) for name in own} | {
            "id": item.label,
            "finding": item.finding.label,
            "service": service.slug,
            "unit": service.unit.slug,
            "proposer": item.proposer.get_username(),
            "decider": item.decider.get_username() if item.decider else None,
            "proposed_at": item.proposed_at.isoformat(),
            "decided_at": item.decided_at.isoformat() if item.decided_at else None,
            "expires_at": item.expires_at.isoformat(),
            "ended_at": item.ended_at.isoformat() if item.ended_at else None,
            "mitigate_by": item.mitigate_by.isoformat() if item.mitigate_by else None,
            "n": item.measurement.n,
            **yardstick(item.measurement),
        }


class AcceptancePage(PermissionRequired, TemplateView):
    """One acceptance: exactly what was measured, what the gate would do, and the decision."""

    act = "finding.view"
    template_name = "findings/acceptance_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The acceptance with its evidence and the forms that this user may send."""
        user = self.request.user
        rows = acceptances_all().select_related("measurement__check_record__run__version")
        acceptance = get_visible_or_404(rows, user, "finding.view", pk=self.kwargs["pk"])
        finding = acceptance.finding
        waits = acceptance.status == AcceptanceStatus.PROPOSED
        own = acceptance.proposer_id == user.pk
        withdrawing = Move.WITHDRAW_PROPOSAL if waits else Move.WITHDRAW_ACCEPTANCE
        standing = waits or acceptance.status == AcceptanceStatus.ACTIVE
        return super().get_context_data(**kwargs) | {
            "acceptance": acceptance,
            "finding": finding,
            "evidence": acceptance.measurement,
            "peers": peers(acceptance.measurement),
            "history": finding_history(finding),
            "outlook": gate_outlook(acceptance) if standing else None,
            "own": own and waits,
            "can_decide": waits and not own and offers(user, Move.APPROVE_ACCEPTANCE, finding),
            "can_withdraw": standing and offers(user, withdrawing, finding),
            "form": forms.DecisionForm(initial={"seen": finding.seen_token}, auto_id="decide-%s"),
            "withdraw_form": forms.DecisionForm(
                initial={"seen": finding.seen_token}, auto_id="withdraw-%s"
            ),
        }


class AcceptanceDecision(MoveRequired, View):
    """A form of the acceptance's page."""

    done: str | Promise = ""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide, say so, and show the acceptance again."""
        acceptance = get_visible_or_404(acceptances_all(), request.user, "finding.view", pk=pk)
        form = forms.DecisionForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                self.decide(
                    acceptance=acceptance,
                    note=data["note"],
                    actor=cast(User, request.user),
                    seen=data["seen"] or None,
                )
            except ShieldError as error:
                return self.refused(form, acceptance, error)
            messages.success(request, str(self.done))
            return redirect(acceptance)
        return self.refused(form, acceptance)

    def refused(
        self, form: Form, acceptance: Acceptance, error: ShieldError | None = None
    ) -> HttpResponse:
        """The comment is kept; the finding beside the proposal is looked at anew."""
        now = acceptances_all().get(pk=acceptance.pk)
        return form_refused(
            self.request,
            form,
            row=now,
            back=now.get_absolute_url(),
            error=error,
            fresh={"seen": now.finding.seen_token},
        )

    def decide(self, **facts: Any) -> None:  # noqa: ANN401
        """Call the service."""
        raise NotImplementedError


class AcceptanceApprove(AcceptanceDecision):
    """Accept the risk."""

    moves = (Move.APPROVE_ACCEPTANCE,)
    done = _("The risk is accepted until its date.")

    def decide(self, **facts: Any) -> None:  # noqa: ANN401
        services.acceptance_approve(**facts)


class AcceptanceReject(AcceptanceDecision):
    """Refuse."""

    moves = (Move.REJECT_ACCEPTANCE,)
    done = _("The proposal is rejected; the finding stays.")

    def decide(self, **facts: Any) -> None:  # noqa: ANN401
        services.acceptance_reject(**facts)


class AcceptanceWithdraw(AcceptanceDecision):
    """Take back a proposal, or end an acceptance."""

    moves = (Move.WITHDRAW_PROPOSAL, Move.WITHDRAW_ACCEPTANCE)
    done = _("It is withdrawn.")

    def decide(self, **facts: Any) -> None:  # noqa: ANN401
        services.acceptance_withdraw(**facts)


class Proposing(MoveRequired, FormView):
    """A page with a form that proposes something about one finding."""

    http_method_names = ["get", "post", "head", "options"]
    template_name = "findings/propose.html"
    heading: str | Promise = ""
    explained: str | Promise = ""
    button: str | Promise = ""

    def setup(self, request: HttpRequest, *args: object, **kwargs: object) -> None:
        super().setup(request, *args, **kwargs)
        self.finding: Finding | None = None

    def get_finding(self) -> Finding:
        """The finding, when the user may propose this for it."""
        if self.finding is None:
            self.finding = finding_or_404(self.request, self.kwargs["pk"])
            if not any(offers(self.request.user, move, self.finding) for move in self.moves):
                for act in TABLE[self.moves[0]].acts:
                    require(self.request.user, act, self.finding)
        return self.finding

    def get_initial(self) -> dict[str, Any]:
        """The state that the person looks at."""
        return {"seen": self.get_finding().seen_token}

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The finding with its evidence beside the form."""
        finding = self.get_finding()
        return super().get_context_data(**kwargs) | {
            "finding": finding,
            "evidence": finding.measurement,
            "heading": self.heading,
            "explained": self.explained,
            "button": self.button,
        }

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401
        """Propose; what the service refuses stands at the form, with everything that was typed."""
        finding = self.get_finding()
        try:
            target = self.propose(finding, form)
        except NotPermitted:
            raise
        except ShieldError as error:
            form.add_error(None, f"{error.message} {error.hint}")
            self.finding = None  # as it is now
            renewed(form, self.get_initial())
            context = self.get_context_data(form=form)
            return self.render_to_response(context, status=error.status)
        messages.success(self.request, str(_("Proposed. A second person decides.")))
        return redirect(target)

    def propose(self, finding: Finding, form: Any) -> Any:  # noqa: ANN401
        """Call the service; what to show next."""
        raise NotImplementedError


class AcceptancePropose(Proposing):
    """Ask that a risk be accepted."""

    moves = (Move.PROPOSE_ACCEPTANCE,)
    form_class = forms.AcceptanceForm
    heading = _("Propose to accept this risk")
    explained = _(
        "An approver decides. The acceptance covers the measurement as it is now: a materially worse "
        "value, a graver severity or its date opens the finding again."
    )
    button = _("Propose")

    def propose(self, finding: Finding, form: forms.AcceptanceForm) -> Acceptance:
        return services.acceptance_propose(
            finding=finding,
            terms=form.terms(),
            actor=cast(User, self.request.user),
            seen=form.cleaned_data["seen"] or None,
        )


class FalsePositivePropose(Proposing):
    """Say that a failure is none."""

    moves = (Move.PROPOSE_FALSE_POSITIVE,)
    form_class = forms.FalsePositiveForm
    heading = _("Call this a false positive")
    explained = _(
        "A second person looks at your evidence and confirms. Later failures of the same check on the "
        "same slice are then noted and ask for no work, until one is materially worse."
    )
    button = _("Propose")

    def propose(self, finding: Finding, form: forms.FalsePositiveForm) -> Finding:
        data = form.cleaned_data
        services.false_positive_propose(
            finding=finding,
            category=data["category"],
            reason=data["reason"],
            evidence=data["evidence"],
            actor=cast(User, self.request.user),
            seen=data["seen"] or None,
        )
        return finding

"""Proposals about limits, with their back-tests: of tiers (changes) and of single services (exceptions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import may, visible
from shield.common.errors import ShieldError
from shield.common.listing import ListPage
from shield.registry.models import Service
from shield.risk.catalogue import CHECKS
from shield.risk.differences import policy_differences
from shield.risk.filters import ChangeFilter
from shield.risk.forms import ExceptionForm
from shield.risk.forms_decisions import EndForm
from shield.risk.models import PolicyChange, PolicyException
from shield.risk.policies.backtests import backtest_again
from shield.risk.policies.exceptions import (
    MOST_DAYS,
    exception_approve,
    exception_end,
    exception_propose,
    exception_reject,
    exception_withdraw,
)
from shield.risk.policies.proposals import policy_approve, policy_reject, policy_withdraw
from shield.risk.policies.reports import seen_by
from shield.risk.policies.versions import version_in_force
from shield.risk.tables import ChangeTable
from shield.risk.views.acts import DecisionAct, ProposalAct, actor_of
from shield.risk.views.policies import day_lines, difference_lines


def changes() -> QuerySet[PolicyChange]:
    """Every change with its base and people."""
    return PolicyChange.objects.select_related("base", "proposer", "decider")


def exceptions() -> QuerySet[PolicyException]:
    """Every exception with its service, base and people."""
    return PolicyException.objects.select_related("service", "base", "proposer", "decider")


class ChangeList(PermissionRequired, ListPage[PolicyChange]):
    """Every proposal to change a tier's policy, the newest first."""

    act = "policy.view"
    model = PolicyChange
    table_class = ChangeTable
    filterset_class = ChangeFilter
    template_name = "risk/change_list.html"
    title = _("Proposals")
    export_name = "policy-changes"
    export_columns = (
        "id", "tier", "base", "state", "proposer", "proposed_at", "reason", "decider",
        "decided_at", "note", "outcomes_changed",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[PolicyChange]:
        return visible(changes(), self.request.user, "policy.view")

    def export_row(self, item: PolicyChange) -> dict[str, object]:
        decided = item.decided_at
        return {
            "id": item.label,
            "tier": item.tier,
            "base": item.base.number,
            "state": item.state,
            "proposer": item.proposer.get_username(),
            "proposed_at": item.proposed_at.isoformat(),
            "reason": item.reason,
            "decider": item.decider.get_username() if item.decider else None,
            "decided_at": decided.isoformat() if decided else None,
            "note": item.decision_note,
            "outcomes_changed": item.backtest["outcomes"]["total"] if item.backtest else None,
        }


class ProposalPage(PermissionRequired, TemplateView):
    """What the pages of changes and exceptions share."""

    act = "policy.view"

    def shown(self, proposal: PolicyChange | PolicyException) -> dict[str, Any]:
        """The report as this person may see it, and what they may do."""
        user = self.request.user
        return {
            "proposal": proposal,
            "report": seen_by(proposal.backtest, user),
            "decides": may(user, "policy.decide", proposal),
            "withdraws": may(user, "policy.propose", proposal),
        }


class ChangePage(ProposalPage):
    """One proposal: what differs, what it would have changed, who decides."""

    template_name = "risk/change.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Differences against the base."""
        user = self.request.user
        change = get_visible_or_404(changes(), user, "policy.view", pk=self.kwargs["pk"])
        differences = policy_differences(change.base.policy, change.proposed)
        return super().get_context_data(**kwargs) | self.shown(change) | {
            "differences": [*difference_lines(differences), *day_lines(change.base, change)],
            "stale": change.is_open and version_in_force(change.tier).pk != change.base_id,
        }  # fmt: skip


class ExceptionPage(ProposalPage):
    """One exception: the tier's limit and the service's own, until when, and why."""

    template_name = "risk/exception.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The rule of the tier beside the exception."""
        user = self.request.user
        exception = get_visible_or_404(exceptions(), user, "policy.view", pk=self.kwargs["pk"])
        return super().get_context_data(**kwargs) | self.shown(exception) | {
            "rule": exception.base.policy.rules.get(exception.check_id),
            "title": CHECKS.title(exception.check_id),
            "in_force": exception.is_in_force(),
        }  # fmt: skip


class ChangeLive(ChangePage):
    """The back-test's card of a change, which renews itself: a route of its own, for it is no activity."""

    template_name = "risk/backtest.html"


class ExceptionLive(ExceptionPage):
    """The same of an exception."""

    template_name = "risk/backtest.html"


class ExceptionPropose(PermissionRequired, TemplateView):
    """Ask for another limit for one service."""

    act = "policy.propose"
    template_name = "risk/exception_form.html"

    def service(self) -> Service:
        """The service that the address names, if this person may propose about it."""
        user = self.request.user
        service = get_visible_or_404(
            Service.objects.all(), user, "service.view", slug=self.kwargs["slug"]
        )
        require(user, self.act, service)
        return service

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The form, with the tier's limits beside it."""
        service = self.service()
        version = version_in_force(service.tier)
        checks = list(version.policy.rules)
        wanted = self.request.GET.get("check", "")
        form = ExceptionForm(checks=checks, initial={"check": wanted if wanted in checks else None})
        return {
            "service": service,
            "version": version,
            "most_days": MOST_DAYS,
            "form": form,
        } | super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Record the proposal and show it; otherwise the form again."""
        service = self.service()
        rules = version_in_force(service.tier).policy.rules
        form = ExceptionForm(request.POST, checks=list(rules))
        if form.is_valid():
            data = form.cleaned_data
            try:
                made = exception_propose(
                    service=service,
                    check=data["check"],
                    minimum=data["min"],
                    maximum=data["max"],
                    expires_at=form.expires_at(),
                    reason=data["reason"],
                    actor=actor_of(request),
                )
            except ShieldError as error:
                form.add_error(None, str(error))
            else:
                messages.success(
                    request, str(_("Proposed. The back-test runs; somebody else decides."))
                )
                return redirect(made)
        return self.render_to_response(self.get_context_data(form=form), status=422)


class OfChanges:
    """The rows of acts on changes."""

    def rows(self) -> QuerySet[PolicyChange]:
        """Every change."""
        return changes()


class OfExceptions:
    """The rows of acts on exceptions."""

    def rows(self) -> QuerySet[PolicyException]:
        """Every exception."""
        return exceptions()


class ChangeDecide(OfChanges, DecisionAct):
    """Put a change in force, or not."""

    act = "policy.decide"

    def approve(self, row: PolicyChange, actor: User, note: str) -> None:
        """Say yes."""
        policy_approve(change=row, actor=actor, note=note)

    def reject(self, row: PolicyChange, actor: User, note: str) -> None:
        """Say no."""
        policy_reject(change=row, actor=actor, note=note)


class ChangeWithdraw(OfChanges, ProposalAct):
    """Take a change back."""

    form_class = EndForm
    act = "policy.propose"
    done = _("Withdrawn.")

    def apply(self, row: PolicyChange, data: Mapping[str, Any], actor: User) -> object:
        """Call the service."""
        policy_withdraw(change=row, actor=actor, note=data["note"])
        return None


class BacktestAgain(ProposalAct):
    """Hold a proposal to the past once more."""

    act = "policy.propose"
    done = _("The back-test is queued.")

    def apply(
        self, row: PolicyChange | PolicyException, data: Mapping[str, Any], actor: User
    ) -> object:
        """Call the service."""
        backtest_again(proposal=row, actor=actor)
        return None


class ChangeBacktest(OfChanges, BacktestAgain):
    """Of a change."""


class ExceptionBacktest(OfExceptions, BacktestAgain):
    """Of an exception."""


class ExceptionDecide(OfExceptions, DecisionAct):
    """Put an exception in force, or not."""

    act = "policy.decide"

    def approve(self, row: PolicyException, actor: User, note: str) -> None:
        """Say yes."""
        exception_approve(exception=row, actor=actor, note=note)

    def reject(self, row: PolicyException, actor: User, note: str) -> None:
        """Say no."""
        exception_reject(exception=row, actor=actor, note=note)


class ExceptionWithdraw(OfExceptions, ProposalAct):
    """Take an exception back before it is decided, or end it before its time."""

    form_class = EndForm
    act = "policy.propose"
    done = _("Done. The tier's limit holds.")

    def apply(self, row: PolicyException, data: Mapping[str, Any], actor: User) -> object:
        """Call the service that fits its state."""
        if row.is_open:
            exception_withdraw(exception=row, actor=actor, note=data["note"])
        else:
            exception_end(exception=row, actor=actor, note=data["note"])
        return None

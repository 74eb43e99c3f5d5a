"""Business units and their appetite: what they bear, who breaches it, who changed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import may
from shield.common.errors import ShieldError
from shield.common.refusals import form_refused
from shield.risk.appetite.limits import LIMITS
from shield.risk.appetite.models import Appetite
from shield.risk.appetite.selectors import appetites_in_force, limits_of
from shield.risk.appetite.services import (
    appetite_approve,
    appetite_propose,
    appetite_reject,
    appetite_withdraw,
)
from shield.risk.forms import AppetiteForm
from shield.risk.forms_decisions import EndForm
from shield.risk.selectors import LIMIT_WORDS, breach_lines, limit_text, standings
from shield.risk.views.acts import DecisionAct, ProposalAct, actor_of

MOST_BREACHES = 50


def limit_lines(appetite: Appetite | None) -> list[tuple[str, str]]:
    """(limit, value) in words; what is not limited is a dash."""
    return [
        (LIMIT_WORDS[name](), limit_text(name, getattr(appetite, name) if appetite else None))
        for name in LIMITS
    ]


class UnitPage(PermissionRequired, TemplateView):
    """One unit: its appetite, the services outside it, and every change."""

    act = "risk.view"
    template_name = "risk/unit.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The limits in force, breaches, proposals, and the form of whoever may propose."""
        user = self.request.user
        rows = BusinessUnit.objects.all()
        unit = get_visible_or_404(rows, user, "risk.view", slug=self.kwargs["slug"])
        current = appetites_in_force([unit.pk]).get(unit.pk)
        breaching = standings(user).filter(in_breach=True, service__unit=unit)
        initial: dict[str, Any] = limits_of(current).as_json() if current else {}
        initial["base"] = current.number if current else None
        history = Appetite.objects.filter(unit=unit).select_related("proposer", "decider")
        return super().get_context_data(**kwargs) | {
            "unit": unit,
            "appetite": current,
            "limits": limit_lines(current),
            "breaching": [
                (row, breach_lines(row)) for row in breaching.order_by("-score")[:MOST_BREACHES]
            ],
            "total": breaching.count(),
            "history": list(history[:30]),
            "form": AppetiteForm(initial=initial) if may(user, "appetite.propose", unit) else None,
        }


class AppetitePropose(PermissionRequired, View):
    """Ask for other limits."""

    act = "appetite.propose"

    def post(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Record the proposal and show it, or say what is wrong."""
        rows = BusinessUnit.objects.all()
        unit = get_visible_or_404(rows, request.user, "risk.view", slug=slug)
        require(request.user, self.act, unit)
        form = AppetiteForm(request.POST)
        back = reverse("risk-unit", args=[slug])
        if not form.is_valid():
            return form_refused(request, form, row=unit, back=back)
        try:
            made = appetite_propose(
                unit=unit,
                limits=form.limits(),
                base=form.cleaned_data["base"],
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
            )
        except ShieldError as error:
            current = appetites_in_force([unit.pk]).get(unit.pk)
            fresh = {"base": current.number if current else None}
            return form_refused(request, form, row=unit, back=back, error=error, fresh=fresh)
        messages.success(request, str(_("Proposed. Somebody else decides.")))
        return redirect(made)


def appetites() -> QuerySet[Appetite]:
    """Every appetite with unit and people."""
    return Appetite.objects.select_related("unit", "base", "proposer", "decider")


class AppetitePage(PermissionRequired, TemplateView):
    """One proposal of limits, before and after."""

    act = "risk.view"
    template_name = "risk/appetite.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Each limit before and after."""
        user = self.request.user
        proposal = get_visible_or_404(appetites(), user, "risk.view", pk=self.kwargs["pk"])
        before, after = limit_lines(proposal.base), limit_lines(proposal)
        return super().get_context_data(**kwargs) | {
            "proposal": proposal,
            "lines": [
                (word, old, new) for (word, old), (_same, new) in zip(before, after, strict=True)
            ],
            "decides": may(user, "appetite.decide", proposal),
            "withdraws": may(user, "appetite.propose", proposal),
        }


class AppetiteDecide(DecisionAct):
    """Approve or reject an appetite."""

    act = "appetite.decide"
    view_act = "risk.view"
    approved = _("Approved. Every service of the unit is held to it now.")

    def rows(self) -> QuerySet[Appetite]:
        """Every appetite."""
        return appetites()

    def approve(self, row: Appetite, actor: User, note: str) -> None:
        """Say yes."""
        appetite_approve(appetite=row, actor=actor, note=note)

    def reject(self, row: Appetite, actor: User, note: str) -> None:
        """Say no."""
        appetite_reject(appetite=row, actor=actor, note=note)


class AppetiteWithdraw(ProposalAct):
    """Take a proposal back."""

    form_class = EndForm
    act = "appetite.propose"
    view_act = "risk.view"
    done = _("Withdrawn.")

    def rows(self) -> QuerySet[Appetite]:
        """Every appetite."""
        return appetites()

    def apply(self, row: Appetite, data: Mapping[str, Any], actor: User) -> object:
        """Call the service."""
        appetite_withdraw(appetite=row, actor=actor, note=data["note"])
        return None

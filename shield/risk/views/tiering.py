"""The tiering questionnaire, its result, and the decision to lower a tier."""

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
from shield.accounts.policy import may
from shield.common.errors import ShieldError
from shield.registry.models import Service
from shield.risk.forms import TieringForm
from shield.risk.forms_decisions import EndForm
from shield.risk.models import TieringAssessment
from shield.risk.tiering.questionnaire import questionnaire
from shield.risk.tiering.selectors import answered, tiering_of, tierings
from shield.risk.tiering.services import tier_approve, tier_assess, tier_reject, tier_withdraw
from shield.risk.views.acts import DecisionAct, ProposalAct, actor_of


class TieringAssess(PermissionRequired, TemplateView):
    """The questions of the current questionnaire, with the last answers filled in."""

    act = "tier.assess"
    template_name = "risk/tiering_form.html"

    def service(self) -> Service:
        """The service that the address names, if this person may assess it."""
        user = self.request.user
        service = get_visible_or_404(
            Service.objects.all(), user, "service.view", slug=self.kwargs["slug"]
        )
        require(user, self.act, service)
        return service

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The form."""
        service = self.service()
        asked, last = questionnaire(), tiering_of(service)
        form = TieringForm(questionnaire=asked, initial=last.answers if last else {})
        return {
            "service": service,
            "questionnaire": asked,
            "form": form,
        } | super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Keep the answers and show what follows from them."""
        service = self.service()
        form = TieringForm(request.POST, questionnaire=questionnaire())
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        try:
            made = tier_assess(
                service=service,
                answers=form.answers(),
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
            )
        except ShieldError as error:
            messages.error(request, str(error))
            return self.render_to_response(self.get_context_data(form=form))
        return redirect(made)


class TieringPage(PermissionRequired, TemplateView):
    """One assessment: what follows from it, why, and who decided."""

    act = "risk.view"
    template_name = "risk/tiering.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Result, answers, and the forms of whoever may decide."""
        user = self.request.user
        assessment = get_visible_or_404(tierings(), user, "risk.view", pk=self.kwargs["pk"])
        return super().get_context_data(**kwargs) | {
            "proposal": assessment,
            "service": assessment.service,
            "result": assessment.result,
            "answered": answered(assessment),
            "decides": may(user, "tier.decide", assessment),
            "withdraws": may(user, "tier.assess", assessment),
        }


class TieringDecide(DecisionAct):
    """Lower the tier, or keep it."""

    act = "tier.decide"
    view_act = "risk.view"
    approved = _("Approved. The service is in the lower tier now.")

    def rows(self) -> QuerySet[TieringAssessment]:
        """Every assessment."""
        return tierings()

    def approve(self, row: TieringAssessment, actor: User, note: str) -> None:
        """Say yes."""
        tier_approve(assessment=row, actor=actor, note=note)

    def reject(self, row: TieringAssessment, actor: User, note: str) -> None:
        """Say no."""
        tier_reject(assessment=row, actor=actor, note=note)


class TieringWithdraw(ProposalAct):
    """Take a proposal to lower a tier back."""

    form_class = EndForm
    act = "tier.assess"
    view_act = "risk.view"
    done = _("Withdrawn.")

    def rows(self) -> QuerySet[TieringAssessment]:
        """Every assessment."""
        return tierings()

    def apply(self, row: TieringAssessment, data: Mapping[str, Any], actor: User) -> object:
        """Call the service."""
        tier_withdraw(assessment=row, actor=actor, note=data["note"])
        return None

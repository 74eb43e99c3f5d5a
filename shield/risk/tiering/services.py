"""Answering the questionnaire: a graver tier applies at once, a lesser one when a second person agrees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from shield.accounts.four_eyes import refuse_own
from shield.accounts.models import User
from shield.accounts.pages import require
from shield.audit.services import record
from shield.common.errors import Conflict, InvalidInput
from shield.registry.models import Service
from shield.registry.services import service_update
from shield.risk.tiering.models import TieringAssessment, TieringState
from shield.risk.tiering.questionnaire import TIERS, evaluate, questionnaire


@transaction.atomic
def tier_assess(
    *, service: Service, answers: Mapping[str, str], reason: str, actor: User
) -> TieringAssessment:
    """Keep the answers with what follows from them; raise the tier at once, propose to lower it.

    A proposal that still waits for the same service is withdrawn: the newer answers speak. Raises
    InvalidInput for answers that are missing or not offered.
    """
    require(actor, "tier.assess", of=service)
    asked = questionnaire()
    found = evaluate(asked, answers)
    service = Service.objects.select_for_update(no_key=True).get(pk=service.pk)
    lower = TIERS.index(found.tier) < TIERS.index(service.tier)
    _withdraw_open(service, actor)
    assessment = TieringAssessment.objects.create(
        service=service,
        questionnaire=asked.id,
        answers=dict(answers),
        result=found.as_json(),
        tier=found.tier,
        tier_before=service.tier,
        state=TieringState.PROPOSED if lower else TieringState.APPLIED,
        review_at=timezone.now() + timedelta(days=asked.review_days),
        proposer=actor,
        reason=_reason(reason),
    )
    _event(assessment, actor, "tier.assess", assessment.reason)
    if not lower and found.tier != service.tier:
        _set_tier(assessment, actor, assessment.reason)
    return assessment


@transaction.atomic
def tier_approve(*, assessment: TieringAssessment, actor: User, note: str) -> TieringAssessment:
    """Lower the tier, as somebody else proposed. Conflict when the tier has changed since."""
    assessment = _opened(assessment, actor, "tier.decide")
    refuse_own(assessment, actor)
    service = Service.objects.select_for_update(no_key=True).get(pk=assessment.service_id)
    if service.tier != assessment.tier_before:
        raise Conflict(
            "tiering.other_tier",
            f"{service} is in tier {service.tier} now; this was assessed in {assessment.tier_before}.",
            "Assess it again.",
        )
    _decide(assessment, actor, TieringState.APPROVED, note)
    _event(assessment, actor, "tier.approve", assessment.decision_note)
    _set_tier(assessment, actor, assessment.decision_note)
    return assessment


@transaction.atomic
def tier_reject(*, assessment: TieringAssessment, actor: User, note: str) -> TieringAssessment:
    """Keep the tier as it is, with a note."""
    assessment = _opened(assessment, actor, "tier.decide")
    refuse_own(assessment, actor)
    _decide(assessment, actor, TieringState.REJECTED, note)
    _event(assessment, actor, "tier.reject", assessment.decision_note)
    return assessment


@transaction.atomic
def tier_withdraw(
    *, assessment: TieringAssessment, actor: User, note: str = ""
) -> TieringAssessment:
    """Take a proposal to lower a tier back."""
    assessment = _opened(assessment, actor, "tier.assess")
    assessment.state = TieringState.WITHDRAWN
    assessment.save(update_fields=["state", "updated_at"])
    _event(assessment, actor, "tier.withdraw", note.strip())
    return assessment


def _opened(assessment: TieringAssessment, actor: User, act: str) -> TieringAssessment:
    rows = TieringAssessment.objects.select_for_update(of=("self",)).select_related("service")
    found = rows.get(pk=assessment.pk)
    require(actor, act, of=found)
    if not found.is_open:
        raise Conflict(
            "tiering.decided",
            f"This assessment is {TieringState(found.state).label.lower()} already"
            + (f", by {found.decider}." if found.decider else "."),
            "Assess the service again if the tier must change.",
        )
    return found


def _decide(assessment: TieringAssessment, actor: User, state: TieringState, note: str) -> None:
    assessment.state = state
    assessment.decider, assessment.decided_at = actor, timezone.now()
    assessment.decision_note = _reason(note)
    assessment.save()


def _withdraw_open(service: Service, actor: User) -> None:
    waiting = TieringAssessment.objects.filter(service=service, state=TieringState.PROPOSED)
    for assessment in waiting.select_for_update(of=("self",)).select_related("service"):
        assessment.state = TieringState.WITHDRAWN
        assessment.save(update_fields=["state", "updated_at"])
        _event(assessment, actor, "tier.withdraw", "A newer assessment takes its place.")


def _set_tier(assessment: TieringAssessment, actor: User, reason: str) -> None:
    service_update(
        service=assessment.service,
        changes={"tier": assessment.tier},
        actor=actor.get_username(),
        reason=reason,
        lowering_is_decided=True,
    )
    assessment.service.refresh_from_db(fields=["tier"])


def _reason(text: str) -> str:
    if not text.strip():
        raise InvalidInput(
            "tiering.reason", "A decision about a tier needs a reason.", "Say why in a few words."
        )
    return text.strip()


def _event(assessment: TieringAssessment, actor: User, act: str, reason: str) -> None:
    record(
        actor=actor.get_username(),
        act=act,
        object_type="tieringassessment",
        object_id=assessment.pk,
        object_text=str(assessment),
        before={"tier": assessment.tier_before},
        after={
            "tier": assessment.tier,
            "state": assessment.state,
            "eu_ai_act": assessment.result["eu_ai_act"]["class"],
        },
        reason=reason,
        unit=assessment.unit_id,
    )

"""Changing the appetite of a business unit: proposed by one person, decided by another."""

from __future__ import annotations

import math
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from shield.accounts.four_eyes import refuse_own
from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import require
from shield.audit.services import record
from shield.common.errors import Conflict, InvalidInput
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.models import Service
from shield.risk.appetite.limits import LIMITS, Limits
from shield.risk.appetite.models import Appetite, AppetiteState
from shield.risk.appetite.selectors import limits_of

RANGES: Mapping[str, tuple[float, float]] = {
    "max_score": (0, 100),
    "max_critical": (0, 100_000),
    "max_high": (0, 100_000),
    "min_coverage": (0, 1),
    "max_age_days": (1, 3_650),
}


@transaction.atomic
def appetite_propose(
    *, unit: BusinessUnit, limits: Limits, base: int | None, reason: str, actor: User
) -> Appetite:
    """Ask for other limits of a unit; `base` is the number of the version in force, None when none is."""
    require(actor, "appetite.propose", of=unit)
    current = _in_force(unit)
    _refuse_other_base(current, base)
    _refuse_bad(limits)
    if limits == (limits_of(current) if current else Limits()):
        raise InvalidInput(
            "appetite.unchanged", "The proposal changes nothing.", "Change a limit first."
        )
    asked = Appetite.objects.create(
        unit=unit, base=current, proposer=actor, reason=_reason(reason), **limits.as_json()
    )
    _event(asked, actor, "appetite.propose", asked.reason, current)
    return asked


@transaction.atomic
def appetite_approve(*, appetite: Appetite, actor: User, note: str) -> Appetite:
    """Put the limits in force; every service of the unit is held to them in the same transaction."""
    BusinessUnit.objects.select_for_update(no_key=True).get(pk=appetite.unit_id)  # take turns
    appetite = _opened(appetite, actor, "appetite.decide")
    refuse_own(appetite, actor)
    current = _in_force(appetite.unit)
    _refuse_other_base(current, appetite.base.number if appetite.base else None)
    if current is not None:
        current.state = AppetiteState.REPLACED
        current.save(update_fields=["state", "updated_at"])
    highest = Appetite.objects.filter(unit=appetite.unit).aggregate(highest=Max("number"))
    appetite.number = (highest["highest"] or 0) + 1
    _decide(appetite, actor, AppetiteState.APPROVED, note)
    _event(appetite, actor, "appetite.approve", appetite.decision_note, current)
    services = Service.objects.filter(unit=appetite.unit, retired_at=None)
    SERVICE_CHANGED.tell(list(services.values_list("pk", flat=True)))
    return appetite


@transaction.atomic
def appetite_reject(*, appetite: Appetite, actor: User, note: str) -> Appetite:
    """Say no, with a note."""
    appetite = _opened(appetite, actor, "appetite.decide")
    refuse_own(appetite, actor)
    _decide(appetite, actor, AppetiteState.REJECTED, note)
    _event(appetite, actor, "appetite.reject", appetite.decision_note, None)
    return appetite


@transaction.atomic
def appetite_withdraw(*, appetite: Appetite, actor: User, note: str = "") -> Appetite:
    """Take a proposal back."""
    appetite = _opened(appetite, actor, "appetite.propose")
    appetite.state = AppetiteState.WITHDRAWN
    appetite.save(update_fields=["state", "updated_at"])
    _event(appetite, actor, "appetite.withdraw", note.strip(), None)
    return appetite


def _in_force(unit: BusinessUnit) -> Appetite | None:
    rows = Appetite.objects.filter(unit=unit, state=AppetiteState.APPROVED)
    return rows.select_related("decider").first()


def _refuse_other_base(current: Appetite | None, base: int | None) -> None:
    number = current.number if current else None
    if number == base:
        return
    said = f"version {number}, approved by {current.decider}" if current else "none"
    raise Conflict(
        "appetite.other_version",
        f"In force by now is {said}; this was made against {base or 'none'}.",
        "Look at what changed and propose again.",
    )


def _refuse_bad(limits: Limits) -> None:
    for name in LIMITS:
        value = getattr(limits, name)
        low, high = RANGES[name]
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise InvalidInput(
                "appetite.limit",
                f"{name} is {value}; it must be {low:g} to {high:g}.",
                "Correct it.",
            )


def _opened(appetite: Appetite, actor: User, act: str) -> Appetite:
    rows = Appetite.objects.select_for_update(of=("self",)).select_related("unit")
    found = rows.get(pk=appetite.pk)
    require(actor, act, of=found)
    if not found.is_open:
        raise Conflict(
            "appetite.decided",
            f"This proposal is {AppetiteState(found.state).label.lower()} already"
            + (f", by {found.decider}." if found.decider else "."),
            "Propose again if the limits must change.",
        )
    return found


def _decide(appetite: Appetite, actor: User, state: AppetiteState, note: str) -> None:
    appetite.state = state
    appetite.decider, appetite.decided_at = actor, timezone.now()
    appetite.decision_note = _reason(note)
    appetite.save()


def _reason(text: str) -> str:
    if not text.strip():
        raise InvalidInput(
            "appetite.reason", "A decision about appetite needs a reason.", "Say why."
        )
    return text.strip()


def _event(
    appetite: Appetite, actor: User, act: str, reason: str, current: Appetite | None
) -> None:
    record(
        actor=actor.get_username(),
        act=act,
        object_type="appetite",
        object_id=appetite.pk,
        object_text=str(appetite),
        before={"number": current.number, **limits_of(current).as_json()} if current else None,
        after={"state": appetite.state, **limits_of(appetite).as_json()},
        reason=reason,
        unit=appetite.unit_id,
    )

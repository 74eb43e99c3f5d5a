"""Reading appetites."""

from __future__ import annotations

from collections.abc import Collection

from shield.risk.appetite.limits import LIMITS, Limits
from shield.risk.appetite.models import Appetite, AppetiteState


def limits_of(appetite: Appetite) -> Limits:
    """The limits of one version as a value."""
    return Limits(**{name: getattr(appetite, name) for name in LIMITS})


def limits_in_force(unit_ids: Collection[int]) -> dict[int, Limits]:
    """Unit → its limits; a unit that has not said anything is not there. One query."""
    rows = Appetite.objects.filter(unit__in=unit_ids, state=AppetiteState.APPROVED)
    return {row.unit_id: limits_of(row) for row in rows}


def appetites_in_force(unit_ids: Collection[int]) -> dict[int, Appetite]:
    """As `limits_in_force`, with who asked for them and who approved."""
    rows = Appetite.objects.filter(unit__in=unit_ids, state=AppetiteState.APPROVED)
    return {row.unit_id: row for row in rows.select_related("proposer", "decider")}

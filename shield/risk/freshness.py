"""How long evidence holds: the one place that says when it is stale.

Evidence is stale when the cadence of the tier's policy has passed since it was measured, or at once
when what it is about is no longer what there is: a newer version, other data, or another manifest.
Stale is grey, never green.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.db.models import Case, CharField, Q, Value, When
from django.utils import timezone

from shield.registry.choices import Tier

DEFAULT_CADENCE_DAYS: Final[Mapping[str, int]] = MappingProxyType(
    {Tier.LOW: 365, Tier.MODERATE: 180, Tier.HIGH: 90, Tier.CRITICAL: 30}
)
"""Of each tier's first policy; later versions carry their own (`PolicyVersion.cadence_days`)."""

NEWER_VERSION: Final = "version"
OTHER_DATA: Final = "data"
OTHER_MANIFEST: Final = "manifest"


def fresh_until(
    *, finished_at: datetime | None, cadence_days: int, superseded: str
) -> datetime | None:
    """The moment at which the evidence becomes stale; None when it holds no longer, or never did.

    `superseded` is "", or why the evidence is about something else by now (NEWER_VERSION, OTHER_DATA,
    OTHER_MANIFEST).
    """
    if finished_at is None or superseded:
        return None
    return finished_at + timedelta(days=cadence_days)


def freshness(*, path: str = "", at: datetime | None = None) -> Case:
    """`never`, `stale` or `fresh` as a column of a query over standings.

    `path` leads from the query's model to the standing ("standing__" for services). A service without
    a standing was never assessed.
    """
    now = at or timezone.now()
    return Case(
        When(Q(**{f"{path}last_run": None}), then=Value("never")),
        When(Q(**{f"{path}fresh_until__gt": now}), then=Value("fresh")),
        default=Value("stale"),
        output_field=CharField(),
    )


def freshness_of(*, last_run: object, fresh_until: datetime | None, at: datetime) -> str:
    """As `freshness`, of one row."""
    if last_run is None:
        return "never"
    return "fresh" if fresh_until is not None and fresh_until > at else "stale"

"""Where a finding's clock stands, and how many clocks were kept over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from shield.accounts.policy import visible
from shield.findings.choices import FindingState, SlaState
from shield.findings.models import Clock, Finding
from shield.findings.sla import SOON

DECIDED = (FindingState.ACCEPTED, FindingState.FALSE_POSITIVE, FindingState.RETIRED)
"""States in which people decided that nobody works on it for now."""


def sla_state(finding: Finding, *, at: datetime | None = None) -> SlaState:
    """On time, due soon or overdue while it asks for work; met or missed when it is resolved."""
    now = at or timezone.now()
    if finding.state in DECIDED:
        return SlaState.DECIDED
    if finding.state not in FindingState.active():
        kept = finding.resolved_at is None or finding.resolved_at <= finding.due_at
        return SlaState.MET if kept else SlaState.MISSED
    if finding.due_at < now:
        return SlaState.OVERDUE
    return SlaState.DUE_SOON if finding.due_at < now + SOON else SlaState.ON_TIME


def sla_query(state: str, *, at: datetime | None = None) -> Q:
    """The findings whose `sla_state` is this one, as a condition."""
    now = at or timezone.now()
    active = Q(state__in=FindingState.active())
    proven = Q(state__in=[FindingState.RESOLVED, FindingState.CLOSED])
    missed = proven & Q(resolved_at__gt=F("due_at"))
    return {
        SlaState.OVERDUE: active & Q(due_at__lt=now),
        SlaState.DUE_SOON: active & Q(due_at__gte=now, due_at__lt=now + SOON),
        SlaState.ON_TIME: active & Q(due_at__gte=now + SOON),
        SlaState.DECIDED: Q(state__in=DECIDED),
        SlaState.MISSED: missed,
        SlaState.MET: proven & ~missed,
    }[SlaState(state)]


@dataclass(frozen=True, slots=True)
class Compliance:
    """Of the clocks that were due in a month: kept, missed, decided in time to wait."""

    month: datetime
    met: int
    missed: int
    decided: int

    @property
    def share(self) -> float | None:
        """Kept of those that somebody had to keep; None when there was none."""
        counted = self.met + self.missed
        return self.met / counted if counted else None


def compliance(
    user: object, *, start: datetime, end: datetime, at: datetime | None = None
) -> list[Compliance]:
    """How clocks due in [start, end) ended, by month of their due date, as far as `user` may see.

    Every regression is a clock of its own. A clock that still runs past its due date is missed,
    unless a decision covered its finding before that date.
    """
    now = at or timezone.now()
    decided = Q(stopped_at=None, decided_at__lte=F("due_at"))
    late = Q(stopped_at=None, due_at__lt=now) & ~decided
    clocks: QuerySet[Clock] = visible(Clock.objects.all(), user, "finding.view")
    rows = (
        clocks.filter(due_at__gte=start, due_at__lt=end)
        .order_by()
        .annotate(month=TruncMonth("due_at"))
        .values("month")
        .annotate(
            met=Count("pk", filter=Q(result="met")),
            missed=Count("pk", filter=Q(result="missed") | late),
            decided=Count("pk", filter=decided),
        )
        .order_by("month")
    )
    return [Compliance(**row) for row in rows]

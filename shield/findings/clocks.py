"""Where a finding's clock stands. How many clocks were kept over time is in the figures of a day."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from shield.findings.choices import FindingState, SlaState
from shield.findings.models import Finding
from shield.findings.sla import SOON

DECIDED: Final = (FindingState.ACCEPTED, FindingState.FALSE_POSITIVE, FindingState.RETIRED)
"""States in which people decided that nobody works on it for now."""
_PROVEN: Final = (FindingState.RESOLVED, FindingState.CLOSED)
_PROMISED: Final = Coalesce(F("sla_due_at"), F("due_at"))


def sla_state(finding: Finding, *, at: datetime | None = None) -> SlaState:
    """On time, due soon or overdue while it asks for work; met, missed or decided on when it does not.

    Overdue goes by the due date, which a person may have moved. Whether it was met or decided in time
    goes by the date that severity and tier asked for, so that moving a date makes nothing compliant.
    """
    now = at or timezone.now()
    if finding.state in FindingState.active():
        if finding.due_at < now:
            return SlaState.OVERDUE
        return SlaState.DUE_SOON if finding.due_at < now + SOON else SlaState.ON_TIME
    promised = finding.sla_due_at or finding.due_at
    decided = finding.decided_at is not None and finding.decided_at <= promised
    if finding.state in DECIDED:
        late = finding.decided_at is not None and not decided
        return SlaState.MISSED if late else SlaState.DECIDED
    kept = finding.resolved_at is None or finding.resolved_at <= promised
    return SlaState.MET if kept or decided else SlaState.MISSED


def sla_query(state: str, *, at: datetime | None = None) -> Q:
    """The findings whose `sla_state` is this one, as a condition."""
    now = at or timezone.now()
    active = Q(state__in=FindingState.active())
    proven, covered = Q(state__in=_PROVEN), Q(state__in=DECIDED)
    late = Q(decided_at__gt=_PROMISED)
    missed = Q(resolved_at__gt=_PROMISED) & (late | Q(decided_at=None))
    return {
        SlaState.OVERDUE: active & Q(due_at__lt=now),
        SlaState.DUE_SOON: active & Q(due_at__gte=now, due_at__lt=now + SOON),
        SlaState.ON_TIME: active & Q(due_at__gte=now + SOON),
        SlaState.DECIDED: covered & ~late,
        SlaState.MISSED: (proven & missed) | (covered & late),
        SlaState.MET: proven & ~missed,
    }[SlaState(state)]


def running_query(*, at: datetime | None = None) -> Q:
    """The findings that ask for work and are not overdue, as a condition: on time or due soon."""
    return Q(state__in=FindingState.active(), due_at__gte=at or timezone.now())

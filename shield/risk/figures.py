"""The figures of a day: how many findings there are, by business unit, severity and age.

`figures_refresh` writes today's rows again and again until the day is over; past days stay as they
were. A day on which nothing ran has no rows: charts show a gap, which is not zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from shield.accounts.models import BusinessUnit
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.choices import SeverityChoice
from shield.risk.models import DayFigures

AGES: Final = (("age_7", 7), ("age_30", 30), ("age_90", 90), ("age_180", 180), ("age_older", None))
"""Field → the age in days up to which a finding is counted there; the last holds the rest."""
RECONSTRUCTED_DAYS: Final = 180
_DONE: Final = (FindingState.RESOLVED, FindingState.CLOSED)


def figures_refresh(*, at: datetime | None = None) -> int:
    """Write today's rows; at the very first time, rebuild the days before. How many rows of today.

    Idempotent. Every unit and severity has a row, so that zero is told apart from not known.
    """
    now = at or timezone.now()
    today = now.astimezone(UTC).date()
    rows = list(figures_of_now(now))
    with transaction.atomic():
        if not DayFigures.objects.filter(day__lt=today).exists():
            DayFigures.objects.bulk_create(
                _reconstructed(today), ignore_conflicts=True, batch_size=2000
            )
        DayFigures.objects.filter(day=today).delete()
        DayFigures.objects.bulk_create(rows)
    return len(rows)


def figures_of_now(now: datetime) -> Iterator[DayFigures]:
    """The rows of the running day as they would be written now; two queries."""
    start = datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
    active = Q(state__in=FindingState.active())
    resolved = Q(state__in=_DONE, resolved_at__gte=start)
    found: Any = (
        Finding.objects.filter(
            active | Q(state=FindingState.ACCEPTED) | resolved | Q(opened_at__gte=start)
        )
        .order_by()
        .values("service__unit", "severity")
        .annotate(
            active=Count("pk", filter=active),
            overdue=Count("pk", filter=active & Q(due_at__lt=now)),
            accepted=Count("pk", filter=Q(state=FindingState.ACCEPTED)),
            opened=Count("pk", filter=Q(opened_at__gte=start)),
            resolved=Count("pk", filter=resolved),
            resolved_in_time=Count("pk", filter=resolved & Q(resolved_at__lte=F("due_at"))),
            **{name: Count("pk", filter=active & age) for name, age in _ages(now)},
        )
    )
    known: dict[tuple[int, str], dict[str, Any]] = {
        (row["service__unit"], row["severity"]): {
            name: row[name] for name in row if name not in ("service__unit", "severity")
        }
        for row in found.iterator()
    }
    for unit in BusinessUnit.objects.order_by("pk").values_list("pk", flat=True):
        for severity in SeverityChoice.values:
            counts = known.get((unit, severity), {})
            yield DayFigures(
                day=start.date(), unit_id=unit, severity=severity, refreshed_at=now, **counts
            )


def _ages(now: datetime) -> Iterator[tuple[str, Q]]:
    younger = Q()
    for name, days in AGES:
        within = Q() if days is None else Q(opened_at__gt=now - timedelta(days=days))
        yield name, within & ~younger if younger else within
        younger = within


@dataclass(slots=True)
class _Past:
    """Running totals of one unit and severity."""

    opened: Counter[date]
    resolved: Counter[date]
    in_time: Counter[date]


def _reconstructed(today: date) -> Iterable[DayFigures]:
    """Days before the first row, from the present dates of the findings; see `DayFigures`."""
    past: dict[tuple[int, str], _Past] = {}
    groups = (
        Finding.objects.filter(Q(state__in=[*FindingState.active(), *_DONE]))
        .order_by()
        .annotate(
            began=TruncDate("opened_at", tzinfo=UTC), ended=TruncDate("resolved_at", tzinfo=UTC)
        )
        .values_list("service__unit", "severity", "began", "ended")
        .annotate(total=Count("pk"), kept=Count("pk", filter=Q(resolved_at__lte=F("due_at"))))
    )
    for unit, severity, began, ended, total, kept in groups:
        totals = past.setdefault((unit, severity), _Past(Counter(), Counter(), Counter()))
        totals.opened[began] += total
        if ended is not None:
            totals.resolved[ended] += total
            totals.in_time[ended] += kept
    first = min((day for totals in past.values() for day in totals.opened), default=today)
    days = [
        today - timedelta(days=back)
        for back in range(RECONSTRUCTED_DAYS, 0, -1)
        if today - timedelta(days=back) >= first
    ]
    for (unit, severity), totals in past.items():
        yield from _unit_days(unit, severity, totals, days)


def _unit_days(unit: int, severity: str, totals: _Past, days: list[date]) -> Iterator[DayFigures]:
    if not days:
        return
    active = sum(n for day, n in totals.opened.items() if day < days[0])
    active -= sum(n for day, n in totals.resolved.items() if day < days[0])
    for day in days:
        active += totals.opened[day] - totals.resolved[day]
        yield DayFigures(
            day=day,
            unit_id=unit,
            severity=severity,
            active=max(active, 0),
            opened=totals.opened[day],
            resolved=totals.resolved[day],
            resolved_in_time=totals.in_time[day],
            reconstructed=True,
        )

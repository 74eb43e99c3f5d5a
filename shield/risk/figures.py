"""The figures of a day: how many findings there are, by business unit, severity and age.

`figures_refresh` writes today's rows again and again until the day is over, and closes the day that has
ended; past days then stay as they were. A day on which nothing ran is rebuilt at the next refresh, and
says that it was; a day from before there were findings has no rows: charts show a gap, which is not zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Greatest, TruncDate
from django.utils import timezone

from shield.accounts.models import BusinessUnit
from shield.findings.choices import ClockResult, FindingState
from shield.findings.models import Clock, Finding
from shield.records.choices import SeverityChoice
from shield.risk.models import DayFigures

AGES: Final = (("age_7", 7), ("age_30", 30), ("age_90", 90), ("age_180", 180), ("age_older", None))
"""Field → the age in days up to which a finding is counted there; the last holds the rest."""
RECONSTRUCTED_DAYS: Final = 180
_DONE: Final = (FindingState.RESOLVED, FindingState.CLOSED)
_KEPT: Final = Q(result=ClockResult.MET)
_COUNTED: Final = ~Q(stopped_at=None, decided_at__isnull=False, decided_at__lte=F("sla_due_at"))
"""Clocks that somebody had to keep: not those that a decision covered in time to wait. All is counted
by the date that severity and tier asked for: moving a date keeps no promise."""


def figures_refresh(*, at: datetime | None = None) -> int:
    """Write today's rows, close the days that have ended and rebuild those that are missing; at the very
    first time, those of the last months. How many rows of today.

    Idempotent. Every unit and severity has a row, so that zero is told apart from not known.
    """
    now = at or timezone.now()
    today = now.astimezone(UTC).date()
    rows = list(figures_of_now(now))
    with transaction.atomic():
        kept = DayFigures.objects.filter(day__lt=today).order_by()
        if not kept.exists():
            _rebuild(_days_before(today), whole=False)
        else:
            ended = kept.filter(reconstructed=False).aggregate(day=Max("day"))["day"]
            if ended is not None:
                _complete(ended)
            known = set(kept.values_list("day", flat=True).distinct())
            first = min(known)
            missed = [day for day in _days_before(today) if day > first and day not in known]
            _rebuild(missed, whole=True)
        DayFigures.objects.filter(day=today).delete()
        DayFigures.objects.bulk_create(rows)
    return len(rows)


def _days_before(today: date) -> list[date]:
    return [today - timedelta(days=back) for back in range(RECONSTRUCTED_DAYS, 0, -1)]


def _rebuild(days: Sequence[date], *, whole: bool) -> None:
    """Make the rows of days that have none; with `whole` every unit and severity gets one."""
    if days:
        rows = _reconstructed(days, whole=whole)
        DayFigures.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)


def _complete(day: date) -> None:
    """Count what was due on a day that has ended again, and add what happened after its last refresh."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    end = start + timedelta(days=1)
    rows = DayFigures.objects.filter(day=day)
    rows.update(due=0, due_kept=0)  # a decision or a new severity may have taken some away since
    for (unit, severity), counts in _promises(start, end).items():
        rows.filter(unit=unit, severity=severity).update(**counts)
    since = rows.filter(refreshed_at__lt=end).aggregate(at=Min("refreshed_at"))["at"]
    if since is None:
        return
    for name, happened in (
        ("opened", Q(opened_at__gte=since, opened_at__lt=end)),
        ("resolved", Q(state__in=_DONE, resolved_at__gte=since, resolved_at__lt=end)),
    ):
        late = Finding.objects.filter(happened).order_by().values_list("service__unit", "severity")
        for unit, severity, total in late.annotate(total=Count("pk")):
            rows.filter(unit=unit, severity=severity).update(**{name: F(name) + total})
    rows.update(refreshed_at=end)


def _promises(start: datetime, end: datetime) -> dict[tuple[int, str], dict[str, int]]:
    """Clocks that were due in [start, end), and those kept, by unit and severity. A finding that came
    back has a clock for each time."""
    found = (
        Clock.objects.filter(_COUNTED, _due_within(start, end))
        .order_by()
        .values_list("finding__service__unit", "severity")
        .annotate(due=Count("pk"), kept=Count("pk", filter=_KEPT))
    )
    return {(unit, severity): {"due": due, "due_kept": kept} for unit, severity, due, kept in found}


def _due_within(start: datetime, end: datetime) -> Q:
    """Clocks that are due then: by their date, or from their start where they start after it, as they
    do for a model that fails again which had failed before."""
    born_late = Q(started_at__gte=F("sla_due_at"))
    return ~born_late & Q(sla_due_at__gte=start, sla_due_at__lt=end) | born_late & Q(
        started_at__gte=start, started_at__lt=end
    )


def figures_of_now(now: datetime) -> Iterator[DayFigures]:
    """The rows of the running day as they would be written now; three queries."""
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
            **{name: Count("pk", filter=active & age) for name, age in _ages(now)},
        )
    )
    known: dict[tuple[int, str], dict[str, Any]] = {
        (row["service__unit"], row["severity"]): {
            name: row[name] for name in row if name not in ("service__unit", "severity")
        }
        for row in found.iterator()
    }
    promises = _promises(start, now)
    for unit in BusinessUnit.objects.order_by("pk").values_list("pk", flat=True):
        for severity in SeverityChoice.values:
            counts = known.get((unit, severity), {}) | promises.get((unit, severity), {})
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

    opened: Counter[date] = field(default_factory=Counter)
    resolved: Counter[date] = field(default_factory=Counter)
    due: Counter[date] = field(default_factory=Counter)
    kept: Counter[date] = field(default_factory=Counter)


def _reconstructed(days: Sequence[date], *, whole: bool) -> Iterable[DayFigures]:
    """Days without rows, from the present dates of the findings; see `DayFigures`.

    Not `whole`: only since the first finding, of units and severities that have any.
    """
    past: dict[tuple[int, str], _Past] = defaultdict(_Past)
    rows = Finding.objects.filter(Q(state__in=[*FindingState.active(), *_DONE])).order_by()
    lives = (
        rows.annotate(
            began=TruncDate("opened_at", tzinfo=UTC), ended=TruncDate("resolved_at", tzinfo=UTC)
        )
        .values_list("service__unit", "severity", "began", "ended")
        .annotate(total=Count("pk"))
    )
    for unit, severity, began, ended, total in lives:
        past[unit, severity].opened[began] += total
        if ended is not None:
            past[unit, severity].resolved[ended] += total
    promises = (
        Clock.objects.filter(_COUNTED)
        .order_by()
        .annotate(day=TruncDate(Greatest("sla_due_at", "started_at"), tzinfo=UTC))
        .values_list("finding__service__unit", "severity", "day")
        .annotate(total=Count("pk"), kept=Count("pk", filter=_KEPT))
    )
    for unit, severity, day, total, kept in promises:
        past[unit, severity].due[day] += total
        past[unit, severity].kept[day] += kept
    first = min((day for totals in past.values() for day in totals.opened), default=None)
    wanted = [day for day in days if whole or (first is not None and day >= first)]
    if whole:
        for unit in BusinessUnit.objects.order_by("pk").values_list("pk", flat=True):
            for severity in SeverityChoice.values:
                past.setdefault((unit, severity), _Past())
    for (unit, severity), totals in past.items():
        yield from _unit_days(unit, severity, totals, wanted)


def _unit_days(
    unit: int, severity: str, totals: _Past, days: Sequence[date]
) -> Iterator[DayFigures]:
    """The rows of some days, in their order."""
    if not days:
        return
    active = sum(n for day, n in totals.opened.items() if day < days[0])
    active -= sum(n for day, n in totals.resolved.items() if day < days[0])
    wanted = set(days)
    for day in (days[0] + timedelta(days=on) for on in range((days[-1] - days[0]).days + 1)):
        active += totals.opened[day] - totals.resolved[day]
        if day not in wanted:
            continue
        yield DayFigures(
            day=day,
            unit_id=unit,
            severity=severity,
            active=max(active, 0),
            opened=totals.opened[day],
            resolved=totals.resolved[day],
            due=totals.due[day],
            due_kept=totals.kept[day],
            reconstructed=True,
        )

"""When acceptances end: the next weeks as a calendar, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from shield.findings.selectors import acceptances_expiring

WEEKS: Final = 9
SOON: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Day:
    """One day: how many acceptances end on it, and the list of them."""

    date: date
    total: int
    url: str
    is_past: bool
    is_soon: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whole weeks from Monday; `total` acceptances end within them."""

    weeks: list[list[Day]]
    total: int


def expiry_calendar(user: object, *, at: datetime | None = None) -> Calendar:
    """The acceptances that end within the next weeks, by day (UTC), as far as `user` may see."""
    now = at or timezone.now()
    today = now.astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday())
    end = datetime.combine(monday + timedelta(weeks=WEEKS), time(), tzinfo=UTC)
    rows = acceptances_expiring(user, start=now, end=end).order_by()
    counted = (
        rows.annotate(day=TruncDate("expires_at", tzinfo=UTC))
        .values_list("day")
        .annotate(total=Count("pk"))
    )
    totals: dict[date, int] = dict(counted)
    days = [monday + timedelta(days=number) for number in range(7 * WEEKS)]
    cells = [_day(day, totals.get(day, 0), today) for day in days]
    weeks = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    return Calendar(weeks, sum(totals.values()))


def _day(day: date, total: int, today: date) -> Day:
    url = f"{reverse('acceptance-list')}?show=active&ends={day.isoformat()}" if total else ""
    return Day(day, total, url, day < today, day < today + SOON)

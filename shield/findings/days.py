"""Days that people choose: a whole day, in UTC, whose last moment counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone


def today() -> date:
    """The day that it is in UTC."""
    return timezone.now().astimezone(UTC).date()


def end_of_day(day: date) -> datetime:
    """The last second of a day."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def last_day(limit: datetime) -> date:
    """The last day that ends by `limit`: what a form offers and a hint names."""
    day = limit.astimezone(UTC).date()
    return day if end_of_day(day) <= limit else day - timedelta(days=1)

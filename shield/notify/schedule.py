"""When something is sent: digests, quiet hours and the waits between attempts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shield.notify.choices import Rhythm
from shield.notify.models import Preference

EMAIL_WAITS: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720))
WEBHOOK_WAITS: Final = (
    *(timedelta(seconds=s) for s in (30, 60, 120, 300, 900, 1800)),
    *(timedelta(hours=h) for h in (1, 2, 4, 6, 9)),
)
"""Together about 23 hours; then a delivery is given up."""
JITTER: Final = 0.2


def email_due(
    preference: Preference | None, now: datetime, *, critical: bool
) -> tuple[datetime, bool]:
    """When a message may be mailed, and whether as a part of a digest."""
    if preference is None or (critical and preference.critical_passes):
        return now, False
    local = now.astimezone(ZoneInfo(preference.time_zone))
    if preference.email_rhythm == Rhythm.DIGEST:
        return _next(local, time(preference.digest_hour)), True
    until = quiet_until(preference, local)
    return (until, False) if until is not None else (now, False)


def quiet_until(preference: Preference, local: datetime) -> datetime | None:
    """The end of the quiet hours that `local` lies in; None outside of them."""
    start, end = preference.quiet_from, preference.quiet_until
    if start is None or end is None or start == end:
        return None
    clock = local.timetz().replace(tzinfo=None)
    quiet = start <= clock < end if start < end else clock >= start or clock < end
    return _next(local, end) if quiet else None


def _next(local: datetime, at: time) -> datetime:
    """The next moment after `local` at which clocks there show `at`."""
    day = local.date()
    while (found := datetime.combine(day, at, tzinfo=local.tzinfo)) <= local:
        day += timedelta(days=1)
    return found


def wait(waits: Sequence[timedelta], attempts: int) -> timedelta | None:
    """How long to wait after so many attempts, with jitter so that many do not come back at once.

    None when that was the last.
    """
    if attempts > len(waits):
        return None
    spread = 1 + JITTER * (2 * random.random() - 1)  # noqa: S311  (no secret)
    return waits[attempts - 1] * spread

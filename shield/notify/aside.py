"""Events that a consumer cannot handle are set aside, so that they hold up no others.

A batch that fails is halved until what fails is a single event. That one is noted with its error, which
goes to the log and to `/readyz` (a message about it would travel the road that is blocked), and is tried
again for `KEEP`, since what it met is a bug that somebody can mend. What ails the database and not the
event (no connection, a lock, a time limit) is raised: then the whole batch is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from shield.audit.models import Event
from shield.notify.models import SetAside

Handle = Callable[[Sequence[Event]], None]

KEEP: Final = timedelta(days=30)
AT_A_TIME: Final = 50
PASSING: Final = (OperationalError, InterfaceError, SoftTimeLimitExceeded, MemoryError)

log = structlog.get_logger(__name__)


def handle_apart(*, consumer: str, handle: Handle, events: Sequence[Event]) -> None:
    """Handle them all, but for those that cannot be; call inside a transaction."""
    failed = _failures(handle, events)
    for event, error in failed:
        log.error(
            "notify_event_set_aside",
            consumer=consumer, event_id=event.pk, act=event.act, exc_info=error,
        )  # fmt: skip
    rows = [
        SetAside(consumer=consumer, event=event.pk, error=_said(error)) for event, error in failed
    ]
    SetAside.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


@transaction.atomic
def try_again(*, consumer: str, handle: Handle) -> int:
    """Handle once more what was set aside, the longest untried first; how many went well."""
    rows = SetAside.objects.filter(consumer=consumer).order_by("tried_at", "pk")
    skips = connection.features.has_select_for_update_skip_locked
    mine = list(rows.select_for_update(skip_locked=skips)[:AT_A_TIME])
    events = {event.pk: event for event in Event.objects.filter(pk__in=[row.event for row in mine])}
    failed = {event.pk: error for event, error in _failures(handle, list(events.values()))}
    now = timezone.now()
    for row in mine:
        row.tries, row.tried_at = row.tries + 1, now
        row.error = _said(failed[row.event]) if row.event in failed else ""
    SetAside.objects.bulk_update(mine, ["tries", "tried_at", "error"], batch_size=500)
    done = [row.pk for row in mine if row.event not in failed]
    SetAside.objects.filter(pk__in=done).delete()
    return len(done)


def give_up(now: datetime) -> int:
    """Forget what could not be handled in `KEEP`; the log says so, and the trail keeps the events."""
    old = SetAside.objects.filter(at__lt=now - KEEP)
    for row in old.iterator():
        log.error(
            "notify_event_given_up", consumer=row.consumer, event_id=row.event, error=row.error
        )
    return old.delete()[0]


def _failures(handle: Handle, events: Sequence[Event]) -> list[tuple[Event, Exception]]:
    if not events:
        return []
    try:
        with transaction.atomic():
            handle(events)
    except PASSING:
        raise
    except Exception as error:
        if len(events) == 1:
            return [(events[0], error)]
    else:
        return []
    middle = len(events) // 2
    return _failures(handle, events[:middle]) + _failures(handle, events[middle:])


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".replace("\0", "")[:300]

"""Reading the audit events as an outbox: every consumer handles every event, in its own transaction.

A consumer has a cursor. What it makes of a batch (messages, deliveries) and the movement of its
cursor are one transaction, so that after a crash in the middle the batch is simply read again.

Ids are given when a row is inserted and become visible when its transaction commits, so that a lower
id can appear after a higher one was read. A cursor that jumped over it would lose the event. So:

* `floor`: every id up to here is settled: handled, or of a transaction that rolled back.
* `Taken`: ids above the floor that were handled. Each round reads everything above the floor that is
  not taken, however late it became visible.
* The floor rises on proof, not on waiting. A round notes a `barrier`, the highest id that it has seen
  through to. A later round notes PostgreSQL's next transaction id (`barrier_xmax`). When every
  transaction older than that has ended (`pg_snapshot_xmin`), whoever was given an id up to the barrier
  has committed or rolled back; what has committed is read by that round, and the floor rises to the
  barrier. A transaction that stays open for hours holds the floor, and loses nothing.

  Barrier and transaction id are noted in different rounds, `SETTLE` apart, because PostgreSQL gives
  an INSERT its row id a moment before its transaction gets an id of its own.
* SQLite lets one writer in at a time: ids become visible in their order, and the floor follows at once.

Two workers: the second does not wait for the cursor's lock and goes away. An event that cannot be
handled is set aside (`aside`) and counts as handled here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from shield.audit.models import Event
from shield.notify.aside import Handle, handle_apart
from shield.notify.models import Cursor, Taken

BATCH: Final = 1_000
SETTLE: Final = timedelta(seconds=5)


def consume(*, consumer: str, handle: Handle, batch: int = BATCH, most: int = 50) -> int:
    """Hand all unread events to `handle`, batch by batch; how many there were.

    `most` batches a call, so that one task does not keep a worker for long; the next goes on.
    """
    total = 0
    for _ in range(most):
        done = _round(consumer, handle, batch)
        total += done
        if done < batch:
            break
    return total


def begin(consumer: str) -> None:
    """Start to read from now on, if the consumer is new: history is not told as news."""
    newest = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
    Cursor.objects.get_or_create(consumer=consumer, defaults={"floor": newest})


def waiting(consumer: str) -> int:
    """How many events the consumer has not handled yet."""
    cursor = Cursor.objects.filter(consumer=consumer).first()
    return _unread(cursor).count() if cursor else 0


def oldest_waiting(consumer: str) -> datetime | None:
    """Since when the longest waiting event waits; None when none does."""
    cursor = Cursor.objects.filter(consumer=consumer).first()
    if cursor is None:
        return None
    return _unread(cursor).order_by("pk").values_list("at", flat=True).first()


@transaction.atomic
def _round(consumer: str, handle: Handle, batch: int) -> int:
    cursor = _locked(consumer)
    if cursor is None:
        return 0
    safe = _settled(cursor)  # before reading: what has committed by then is read below
    events = list(_unread(cursor).order_by("pk")[:batch])
    if events:
        handle_apart(consumer=consumer, handle=handle, events=events)
    _move(cursor, events, safe=safe, through=len(events) < batch)
    return len(events)


def _locked(consumer: str) -> Cursor | None:
    """The cursor, locked until the transaction ends; None while another worker has it."""
    rows = Cursor.objects.filter(consumer=consumer)
    found = rows.select_for_update(skip_locked=_is_postgres()).first()
    if found is None and not rows.exists():
        begin(consumer)
        found = rows.select_for_update(skip_locked=_is_postgres()).first()
    return found


def _unread(cursor: Cursor) -> QuerySet[Event]:
    taken = Taken.objects.filter(consumer=cursor.consumer, event=OuterRef("pk"))
    return Event.objects.filter(~Exists(taken), pk__gt=cursor.floor)


def _move(cursor: Cursor, events: Sequence[Event], *, safe: bool, through: bool) -> None:
    """Note what was handled, and raise the floor as far as it is proved."""
    if not _is_postgres():
        if events:
            cursor.floor = events[-1].pk
            cursor.save(update_fields=["floor"])
        return
    before = (cursor.floor, cursor.barrier, cursor.barrier_xmax)
    Taken.objects.bulk_create(
        [Taken(consumer=cursor.consumer, event=event.pk) for event in events], batch_size=1_000
    )
    if safe and through and cursor.barrier is not None:
        cursor.floor = cursor.barrier
        cursor.barrier = cursor.barrier_at = cursor.barrier_xmax = None
        Taken.objects.filter(consumer=cursor.consumer, event__lte=cursor.floor).delete()
    now = timezone.now()
    if cursor.barrier is None and through:
        newest = Taken.objects.filter(consumer=cursor.consumer).aggregate(last=Max("event"))["last"]
        cursor.barrier, cursor.barrier_at = newest, now if newest else None
    elif cursor.barrier_at and cursor.barrier_xmax is None and now - cursor.barrier_at >= SETTLE:
        cursor.barrier_xmax = _ask("pg_snapshot_xmax")
    if before != (cursor.floor, cursor.barrier, cursor.barrier_xmax):
        cursor.save()


def _settled(cursor: Cursor) -> bool:
    """Whether everybody who could have been given an id up to the barrier has ended."""
    if cursor.barrier_xmax is None:
        return False
    return _ask("pg_snapshot_xmin") >= cursor.barrier_xmax


def _ask(function: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"

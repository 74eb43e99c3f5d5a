"""Sending what is due, so that no killed worker loses a delivery.

A worker claims a delivery by `UPDATE … SET claim, lease_until, attempts + 1 WHERE state = pending AND
(no lease, or one that is over)`. The database lets one worker's statement touch the row; the others'
touch none and go on. A worker that dies leaves a lease that ends; the next worker sends again, with
the same delivery id, by which receivers tell the copy. A worker that slept past its lease finds the
row with another claim and writes nothing.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from shield.notify.channels import queued
from shield.notify.channels.base import Queued, Result, free
from shield.notify.choices import DeliveryState
from shield.notify.models import Delivery
from shield.notify.schedule import wait

LEASE: Final = timedelta(minutes=2)
A_ROUND: Final = 20
"""Parcels a call: one line does not keep a worker for long; the next call goes on."""

log = structlog.get_logger(__name__)


def lines(now: datetime | None = None) -> list[tuple[str, str]]:
    """(channel, queue) of every line in which something is due."""
    now = now or timezone.now()
    return [(key, queue) for key, channel in queued().items() for queue in channel.queues(now)]


def deliver(*, channel: str, queue: str, now: datetime | None = None) -> int:
    """Send what is due in one line; stops at the first failure. How many parcels went out."""
    sender = queued()[channel]
    sent = 0
    for first in sender.due(queue, now or timezone.now())[:A_ROUND]:
        parcel = _claim(sender, first, now or timezone.now())
        if not parcel:
            continue
        result = _send(sender, parcel)
        _settle(sender, parcel, result)
        if not (result.ok or result.dropped):
            break
        sent += 1
    return sent


def _claim(sender: Queued, first: Delivery, now: datetime) -> list[Delivery]:
    claim = uuid.uuid4()
    touched = sender.parcel(first).filter(free(now)).update(
        claim=claim, lease_until=now + LEASE, attempts=F("attempts") + 1
    )  # fmt: skip
    if not touched:
        return []
    rows = Delivery.objects.filter(claim=claim)
    return list(
        rows.select_related("user", "notification", "endpoint__unit").order_by("created_at")
    )


def _send(sender: Queued, parcel: list[Delivery]) -> Result:
    """A channel that fails in a way it does not know is a bug: logged, and tried again later."""
    try:
        return sender.send(parcel)
    except Exception as error:
        log.exception("delivery_failed", delivery=str(parcel[0].pk))
        return Result(ok=False, error=type(error).__name__)


@transaction.atomic
def _settle(sender: Queued, parcel: list[Delivery], result: Result) -> None:
    now = timezone.now()
    mine = Delivery.objects.filter(claim=parcel[0].claim, state=DeliveryState.PENDING)
    pause = None
    if result.ok:
        touched = _end(mine, DeliveryState.SENT, now, "")
    elif result.dropped:
        touched = _end(mine, DeliveryState.DROPPED, now, result.error)
    else:
        pause = None if result.final else wait(sender.waits, parcel[0].attempts)
        if pause is None:
            touched = _end(mine, DeliveryState.DEAD, now, result.error)
        else:
            pause = max(pause, result.retry_after or pause)
            touched = mine.update(
                due_at=now + pause, claim=None, lease_until=None, error=result.error[:300]
            )
    if not touched:
        return  # the lease was over and somebody else has it now
    if result.attempt is not None:
        result.attempt.save()
    gave_up = not result.ok and not result.dropped and pause is None
    sender.settled(parcel, result, gave_up=gave_up)


def _end(rows: QuerySet[Delivery], state: DeliveryState, now: datetime, error: str) -> int:
    return rows.update(state=state, done_at=now, error=error[:300], lease_until=None, claim=None)

"""The consumers of the outbox by name, and what becomes of old rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from shield.notify.aside import give_up, try_again
from shield.notify.choices import DeliveryState
from shield.notify.fanout import fan_out
from shield.notify.hooks import enqueue
from shield.notify.models import Delivery, Notification, Reminder
from shield.notify.outbox import consume

PEOPLE: Final = "people"
WEBHOOKS: Final = "webhooks"
KEEP_READ: Final = timedelta(days=90)
KEEP_UNREAD: Final = timedelta(days=365)
KEEP_LOG: Final = timedelta(days=30)


def read() -> int:
    """Turn new events into messages and deliveries; how many events."""
    return consume(consumer=PEOPLE, handle=fan_out) + consume(consumer=WEBHOOKS, handle=enqueue)


def read_again() -> int:
    """Try once more what could not be handled; how many events went well."""
    return try_again(consumer=PEOPLE, handle=fan_out) + try_again(consumer=WEBHOOKS, handle=enqueue)


def prune(now: datetime | None = None) -> int:
    """Remove what nobody needs any more: the audit trail keeps what happened. How many rows."""
    now = now or timezone.now()
    removed = give_up(now)
    for rows in (
        Delivery.objects.exclude(state=DeliveryState.PENDING).filter(done_at__lt=now - KEEP_LOG),
        Notification.objects.filter(read_at__lt=now - KEEP_READ),
        Notification.objects.filter(at__lt=now - KEEP_UNREAD),
        Reminder.objects.filter(deadline__lt=now - KEEP_UNREAD),
    ):
        removed += rows.delete()[0]
    return removed

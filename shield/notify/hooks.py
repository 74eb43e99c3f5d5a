"""Which webhook gets which event: the second consumer of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from django.utils import timezone

from shield.audit.models import Event
from shield.notify.channels.webhook import NAME
from shield.notify.models import Delivery, Endpoint

NEVER: Final = ("webhook.", "account.", "login.", "session.")
"""Acts that no webhook gets: its own troubles would feed themselves, and sign-ins concern people."""


def enqueue(events: Sequence[Event]) -> None:
    """A delivery for every endpoint that wants the event. Call inside a transaction."""
    endpoints = list(Endpoint.objects.filter(active=True))
    now = timezone.now()
    Delivery.objects.bulk_create(
        [
            Delivery(channel=NAME, endpoint=each, event=event.pk, act=event.act, due_at=now)
            for event in events
            for each in endpoints
            if wants(each, event)
        ],
        batch_size=500,
        ignore_conflicts=True,
    )


def wants(endpoint: Endpoint, event: Event) -> bool:
    """A unit's endpoint gets the events of that unit alone; a pattern of acts must match."""
    if event.act.startswith(NEVER):
        return False
    if endpoint.unit_id is not None and endpoint.unit_id != event.unit:
        return False
    return any(fnmatchcase(event.act, pattern) for pattern in endpoint.acts)

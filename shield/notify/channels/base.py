"""What a channel is: it accepts messages for people, or sends deliveries from the queue, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from django.db.models import Q, QuerySet

from shield.accounts.models import User
from shield.notify.choices import DeliveryState
from shield.notify.models import Attempt, Delivery, Notification, Preference


@dataclass(frozen=True, slots=True)
class Result:
    """What came of sending one parcel.

    `final`: trying again is useless. `dropped`: nobody wants it any more. `attempt`: for the log.
    """

    ok: bool
    error: str = ""
    final: bool = False
    dropped: bool = False
    retry_after: timedelta | None = None
    attempt: Attempt | None = None


class Personal(Protocol):
    """Takes messages to people at the moment they are made."""

    def accept(
        self,
        rows: Sequence[Notification],
        users: Mapping[int, User],
        preferences: Mapping[int, Preference],
    ) -> list[Delivery]:
        """Show the messages, or answer with the (unsaved) deliveries that will take them out."""
        ...

    def hasten(
        self,
        rows: Sequence[Notification],
        users: Mapping[int, User],
        preferences: Mapping[int, Preference],
    ) -> list[Delivery]:
        """Messages accepted before have become critical: bring on what waits, or tell of them again."""
        ...


@runtime_checkable
class Queued(Protocol):
    """Sends deliveries. `queues` names the lines that do not wait for each other."""

    waits: Sequence[timedelta]

    def queues(self, now: datetime) -> list[str]:
        """The lines in which something is due."""
        ...

    def due(self, queue: str, now: datetime) -> QuerySet[Delivery]:
        """What is due in a line, oldest first, as much of it as may be sent now."""
        ...

    def parcel(self, first: Delivery) -> QuerySet[Delivery]:
        """What goes out together with `first`, itself included."""
        ...

    def send(self, parcel: Sequence[Delivery]) -> Result:
        """Send it: outside of any transaction, within seconds."""
        ...

    def settled(self, parcel: Sequence[Delivery], result: Result, *, gave_up: bool) -> None:
        """Whatever else the channel keeps; called in the transaction that notes the result."""
        ...


def free(now: datetime) -> Q:
    """Deliveries that are pending, due, and in nobody's hands."""
    return Q(state=DeliveryState.PENDING, due_at__lte=now) & (
        Q(lease_until=None) | Q(lease_until__lt=now)
    )

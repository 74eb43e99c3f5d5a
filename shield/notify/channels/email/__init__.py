"""E-mail: one message at once, or a digest of the day. Bounced mail is not read: that is the
mail server's business, and `List-Unsubscribe` is the person's."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.mail import get_connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from shield.accounts.models import User
from shield.accounts.policy import may
from shield.notify.channels.base import Result, free
from shield.notify.channels.email.message import compose
from shield.notify.choices import DeliveryState
from shield.notify.models import Delivery, Notification, Preference
from shield.notify.people import Place
from shield.notify.rules import VIEWS
from shield.notify.schedule import EMAIL_WAITS, email_due

NAME = "email"


class Email:
    """Messages to mailboxes, by Django's mail backends."""

    waits = EMAIL_WAITS

    def accept(
        self,
        rows: Sequence[Notification],
        users: Mapping[int, User],
        preferences: Mapping[int, Preference],
    ) -> list[Delivery]:
        """A delivery for each message to somebody with an address, due when they want it."""
        made = (_delivery(row, users, preferences, row.created_at) for row in rows)
        return [each for each in made if each is not None]

    def hasten(
        self,
        rows: Sequence[Notification],
        users: Mapping[int, User],
        preferences: Mapping[int, Preference],
    ) -> list[Delivery]:
        """What still waits goes now; for what has gone, or is just going, there is another mail.

        The rows are locked, so that no worker takes one with the old message in the meantime.
        """
        now = timezone.now()
        made = (_delivery(row, users, preferences, now) for row in rows)
        fresh = {each.notification_id: each for each in made if each is not None}
        idle = Q(lease_until=None) | Q(lease_until__lt=now)
        waiting = Delivery.objects.filter(
            idle, channel=NAME, state=DeliveryState.PENDING, notification__in=fresh
        )
        brought = list(waiting.select_for_update(of=("self",)))
        for each in brought:
            wanted = fresh[each.notification_id]
            each.due_at, each.bundled = min(each.due_at, wanted.due_at), wanted.bundled
        Delivery.objects.bulk_update(brought, ["due_at", "bundled"], batch_size=500)
        done = {each.notification_id for each in brought}
        return [each for key, each in fresh.items() if key not in done]

    def queues(self, now: datetime) -> list[str]:
        """One line: the mail server is one."""
        return ["all"] if Delivery.objects.filter(free(now), channel=NAME).exists() else []

    def due(self, queue: str, now: datetime) -> QuerySet[Delivery]:
        """What is due, oldest first."""
        return Delivery.objects.filter(free(now), channel=NAME).order_by("due_at", "created_at")

    def parcel(self, first: Delivery) -> QuerySet[Delivery]:
        """A digest takes everything of the person that waits for one."""
        mine = Delivery.objects.filter(channel=NAME, user=first.user_id)
        return mine.filter(bundled=True) if first.bundled else mine.filter(pk=first.pk)

    def send(self, parcel: Sequence[Delivery]) -> Result:
        """Mail what the person may still see; rights may have changed since it was written."""
        person = parcel[0].user
        rows = [each.notification for each in parcel if each.notification is not None]
        if person is None or not person.is_active or not person.email:
            return Result(ok=False, dropped=True, error="no active account with an address")
        rows = [row for row in rows if may_still_see(person, row)]
        if not rows:
            return Result(ok=False, dropped=True, error="not theirs to see any more")
        message = compose(person, rows, delivery=parcel[0])
        try:
            message.connection = get_connection()
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            final = all(code >= 500 for code in codes)
            return Result(ok=False, final=final, error=f"recipient refused: {codes}")
        except (smtplib.SMTPException, OSError) as error:
            return Result(ok=False, error=f"{type(error).__name__}: {error}")
        return Result(ok=True)

    def settled(self, parcel: Sequence[Delivery], result: Result, *, gave_up: bool) -> None:
        """Nothing else is kept."""


def _delivery(
    row: Notification,
    users: Mapping[int, User],
    preferences: Mapping[int, Preference],
    at: datetime,
) -> Delivery | None:
    """How this person's message goes out; None for somebody without an address."""
    if not users[row.user_id].email:
        return None
    due_at, bundled = email_due(preferences.get(row.user_id), at, critical=row.critical)
    return Delivery(
        channel=NAME, user_id=row.user_id, notification=row, due_at=due_at, bundled=bundled,
        act=row.act,
    )  # fmt: skip


def may_still_see(person: User, row: Notification) -> bool:
    """Whether the person may (still) see what the message is about."""
    view = VIEWS.get(row.act.partition(".")[0], "operations.view")
    return may(person, view, None if row.unit is None else Place(row.unit))

"""Reading messages, preferences and webhooks."""

from __future__ import annotations

from typing import Final

from django.db.models import Model, Q, QuerySet

from shield.accounts.models import User
from shield.accounts.policy import scope, token_service, visible
from shield.notify.models import Attending, Delivery, Endpoint, Notification, Preference

MOST_COUNTED: Final = 100
"""The bell shows 99+ above; the count never reads more rows than this."""


def notifications_of(user: User) -> QuerySet[Notification]:
    """A person's messages, the newest first, without those of units that they no longer see."""
    rows = Notification.objects.filter(user=user, shown=True)
    where = scope(user, "account.own")
    if token_service(user) is not None:
        return rows.none()  # messages are about all that the person has to do with
    if where.everywhere:
        return rows
    return rows.filter(Q(unit=None) | Q(unit__in=where.units))


def unread_count(user: User) -> int:
    """How many messages are unread, up to `MOST_COUNTED`: one query on a partial index."""
    return notifications_of(user).order_by().filter(read_at=None)[:MOST_COUNTED].count()


def preference_of(user: User) -> Preference:
    """How somebody wants to be told; the usual way (not saved) for who has chosen nothing."""
    return Preference.objects.filter(user=user).first() or Preference(user=user)


def attention_of(user: User, target: Model) -> str:
    """Whether somebody follows or mutes this service or finding; empty: neither."""
    row = Attending.objects.filter(
        user=user, object_type=str(target._meta.model_name), object_id=str(target.pk)
    ).first()
    return row.attention if row else ""


def endpoints(user: User) -> QuerySet[Endpoint]:
    """The webhooks that somebody manages: of their units, or all."""
    return visible(Endpoint.objects.select_related("unit"), user, "webhook.manage")


def deliveries_of(endpoint: Endpoint) -> QuerySet[Delivery]:
    """The delivery log of a webhook, the newest first."""
    return Delivery.objects.filter(endpoint=endpoint).select_related("endpoint")

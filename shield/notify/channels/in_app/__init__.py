"""The list behind the bell: nothing is sent, the message is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shield.accounts.models import User
from shield.notify.models import Delivery, Notification, Preference


class InApp:
    """Shows messages on the pages."""

    def accept(
        self,
        rows: Sequence[Notification],
        users: Mapping[int, User],
        preferences: Mapping[int, Preference],
    ) -> list[Delivery]:
        """Mark them as shown, in one statement."""
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(shown=True)
        return []

    def hasten(
        self,
        rows: Sequence[Notification],
        users: Mapping[int, User],
        preferences: Mapping[int, Preference],
    ) -> list[Delivery]:
        """They are shown already, and say that they are critical."""
        return []

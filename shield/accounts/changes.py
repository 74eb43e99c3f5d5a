"""Who wants to know that somebody has left.

Rooms above this one hold rows that name people (owners, assignees). They add a listener in
`AppConfig.ready()`; it is called inside the transaction that switches somebody off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shield.accounts.models import User

Listener = Callable[["User"], None]


@dataclass(slots=True)
class Departures:
    """The listeners by name; adding one twice is harmless."""

    _listeners: dict[str, Listener] = field(default_factory=dict)

    def add(self, name: str, listener: Listener) -> None:
        """Call `listener(user)` whenever somebody is switched off."""
        self._listeners[name] = listener

    def tell(self, user: User) -> None:
        """This person was switched off, in the current transaction."""
        for listener in self._listeners.values():
            listener(user)


PERSON_LEFT = Departures()

"""Who wants to know that something about a service has changed.

Rooms above this one keep figures per service (counts, freshness, score) that lists read. They add a
listener in `AppConfig.ready()`; whoever changes findings, runs, versions or deployments says so here,
inside the transaction of the change, so that the figures are never behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

Listener = Callable[[frozenset[int]], None]
RetirementListener = Callable[[int, bool, str, str], None]
MoveListener = Callable[[int, int, int], None]


@dataclass(slots=True)
class Changes:
    """The listeners by name; adding one twice is harmless."""

    _listeners: dict[str, Listener] = field(default_factory=dict)

    def add(self, name: str, listener: Listener) -> None:
        """Call `listener(service ids)` at every change."""
        self._listeners[name] = listener

    def tell(self, service_ids: Collection[int]) -> None:
        """Something about these services has changed, in the current transaction."""
        if not service_ids:
            return
        for listener in self._listeners.values():
            listener(frozenset(service_ids))


SERVICE_CHANGED = Changes()


@dataclass(slots=True)
class Retirements:
    """Who must act when a service is taken out of use or back: in the transaction that does it."""

    _listeners: dict[str, RetirementListener] = field(default_factory=dict)

    def add(self, name: str, listener: RetirementListener) -> None:
        """Call `listener(service id, retired, actor, reason)`."""
        self._listeners[name] = listener

    def tell(self, *, service_id: int, retired: bool, actor: str, reason: str) -> None:
        """The service was retired, or (False) restored."""
        for listener in self._listeners.values():
            listener(service_id, retired, actor, reason)


SERVICE_RETIRED = Retirements()


@dataclass(slots=True)
class Moves:
    """Who keeps a unit beside a service's things and must follow when it moves: in its transaction."""

    _listeners: dict[str, MoveListener] = field(default_factory=dict)

    def add(self, name: str, listener: MoveListener) -> None:
        """Call `listener(service id, unit before, unit after)`."""
        self._listeners[name] = listener

    def tell(self, *, service_id: int, before: int, after: int) -> None:
        """The service belongs to another unit now."""
        for listener in self._listeners.values():
            listener(service_id, before, after)


SERVICE_MOVED = Moves()

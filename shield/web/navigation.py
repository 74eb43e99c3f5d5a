"""The main navigation: apps above this one add their entries in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry. `act` is the permission that shows it; `routes` are the route names it lights up for."""

    label: str | Promise
    route: str
    icon: str
    act: str
    order: int
    routes: tuple[str, ...] = ()


@dataclass(slots=True)
class Navigation:
    """The entries by route; adding one twice is harmless."""

    _entries: dict[str, NavEntry] = field(default_factory=dict)

    def add(self, entries: Iterable[NavEntry]) -> None:
        """Register entries."""
        for entry in entries:
            self._entries[entry.route] = entry

    def all(self) -> list[NavEntry]:
        """Every entry in the order in which it is shown."""
        return sorted(self._entries.values(), key=lambda entry: entry.order)


NAVIGATION = Navigation()

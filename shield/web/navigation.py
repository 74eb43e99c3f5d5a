"""The main navigation: apps above this one add their entries in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry. `act` is the permission that shows it; `routes` are the route names it lights up for.

    `order` also says in which group it stands (`GROUPS`); `key` follows `g` on the keyboard.
    """

    label: str | Promise
    route: str
    icon: str
    act: str
    order: int
    routes: tuple[str, ...] = ()
    key: str = ""


GROUPS: Final = (
    (0, _("Work")),
    (50, _("Decide")),
    (70, _("Prove")),
    (90, _("Operate")),
)
"""The lowest order of each group of entries, and its heading."""


def group_of(entry: NavEntry) -> str:
    """The heading that an entry stands under."""
    return str(next(label for least, label in reversed(GROUPS) if entry.order >= least))


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

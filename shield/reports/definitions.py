"""What a check means, for reports: title and documentation by check id.

The checks belong to a room above this one, which hands them over when the process starts
(`provide` in its `AppConfig.ready()`); nothing is loaded before a report asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """One check as its documentation describes it."""

    id: str
    version: str
    title: str
    description: str

    @property
    def summary(self) -> str:
        """The first paragraph of the description, on one line."""
        return " ".join(self.description.split("\n\n", 1)[0].split())

    @property
    def paragraphs(self) -> list[str]:
        """The description as paragraphs; lines inside one are joined."""
        return [" ".join(part.split()) for part in self.description.split("\n\n") if part.strip()]


Provider = Callable[[], Iterable[Definition]]


class Definitions:
    """The definitions of all providers, asked once."""

    def __init__(self) -> None:
        self._providers: list[Provider] = []
        self._known: dict[str, Definition] | None = None

    def provide(self, provider: Provider) -> None:
        """Add a source of definitions; it is called when the first report is made."""
        self._providers.append(provider)
        self._known = None

    def get(self, check_id: str) -> Definition | None:
        """The definition, or None for a check that this installation no longer has."""
        if self._known is None:
            self._known = {each.id: each for provider in self._providers for each in provider()}
        return self._known.get(check_id)


DEFINITIONS = Definitions()

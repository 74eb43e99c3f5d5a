"""What this installation can measure, for policies: check ids, titles, pillars.

The checks belong to a room above this one, which hands them over when the process starts (`provide`
in its `AppConfig.ready()`); nothing is loaded before somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One check as a policy sees it."""

    id: str
    title: str

    @property
    def pillar(self) -> str:
        """The part of the id before the first dot."""
        return self.id.split(".", 1)[0]


Provider = Callable[[], Iterable[CheckFacts]]


class Catalogue:
    """The checks of all providers, asked once."""

    def __init__(self) -> None:
        self._providers: list[Provider] = []
        self._known: dict[str, CheckFacts] | None = None

    def provide(self, provider: Provider) -> None:
        """Add a source of checks; it is called when somebody first asks."""
        self._providers.append(provider)
        self._known = None

    def all(self) -> dict[str, CheckFacts]:
        """Check id → facts, in alphabetical order."""
        if self._known is None:
            found = [each for provider in self._providers for each in provider()]
            self._known = {each.id: each for each in sorted(found, key=lambda each: each.id)}
        return self._known

    def title(self, check: str) -> str:
        """What people call a check; its id when this installation does not have it."""
        facts = self.all().get(check)
        return facts.title if facts else check

    def pillars(self) -> list[str]:
        """The pillars that have checks, in the order in which their first check comes."""
        return list(dict.fromkeys(each.pillar for each in self.all().values()))


CHECKS = Catalogue()

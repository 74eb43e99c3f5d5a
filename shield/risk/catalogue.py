"""What this installation can measure, for policies: check ids, titles, pillars.

The checks belong to a room above this one, which hands them over when the process starts (`provide`
in its `AppConfig.ready()`); nothing is loaded before somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One check as a policy sees it; `tasks` are the kinds of target that it fits (empty: any)."""

    id: str
    title: str
    tasks: frozenset[str] = frozenset()

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

    def tasks_of(self, *, favourable: object, measured: Iterable[str]) -> frozenset[str]:
        """The kinds of target that a run can have had: by the favourable label that its manifest
        names, else by what could be measured. Empty when nothing tells."""
        if favourable is not None:
            return frozenset({"binary"})
        known = self.all()
        found = [known[check].tasks for check in measured if check in known]
        return (
            frozenset.intersection(*narrow) if (narrow := [*filter(None, found)]) else frozenset()
        )

    def fits(self, check: str, tasks: frozenset[str]) -> bool | None:
        """Whether a check fits one of these kinds of target; None when it is not known here."""
        facts = self.all().get(check)
        if facts is None:
            return None
        return not (facts.tasks and tasks) or bool(facts.tasks & tasks)

    def pillars(self) -> list[str]:
        """The pillars that have checks, in the order in which their first check comes."""
        return list(dict.fromkeys(each.pillar for each in self.all().values()))


CHECKS = Catalogue()

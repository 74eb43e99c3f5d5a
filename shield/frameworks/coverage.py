"""Coverage of a framework by one service: a function of stored facts, never ticked by hand.

Measured and stated answers are kept apart everywhere. Of several checks that can answer a requirement
those count that were measured; what is older than asked for, or was measured on another version or
other data than the current ones, is stale and answers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shield.evidence.outcome import Outcome
from shield.frameworks.catalogue import Asked, Evidence, Framework, Requirement


class Measured(StrEnum):
    """What measurements say of a requirement; the value is its one-letter code in stored coverage."""

    HOLDS = "H"
    FAILS = "F"
    INCONCLUSIVE = "I"
    STALE = "S"
    UNMEASURED = "N"
    NO_CHECK = "X"  # this product has no check for it yet
    NOT_ASKED = "-"


class Stated(StrEnum):
    """What people say of a requirement."""

    CURRENT = "C"
    EXPIRED = "E"
    NOTHING = "O"
    NOT_ASKED = "-"


ANSWERED: Final = frozenset({Measured.HOLDS, Measured.FAILS})
"""Current evidence that decides the requirement, one way or the other."""

# The whole of a requirement that asks for several measurements is as good as the worst of them.
_WORST: Final = (
    Measured.FAILS,
    Measured.NO_CHECK,
    Measured.UNMEASURED,
    Measured.STALE,
    Measured.INCONCLUSIVE,
    Measured.HOLDS,
)


@dataclass(frozen=True, slots=True)
class CheckFact:
    """The last time that a check gave a value: what it came to, when, and whether of what is current."""

    check: str
    title: str
    outcome: Outcome | None
    at: datetime
    run: str
    version: str
    current: bool


@dataclass(frozen=True, slots=True)
class StatementFact:
    """A signed statement that has not been withdrawn. `scope`: service, unit or organisation."""

    id: int
    requirement: str
    scope: str
    text: str
    signer: str
    role: str
    signed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one service: by check, and by requirement of the framework asked about."""

    checks: Mapping[str, CheckFact]
    statements: Mapping[str, Sequence[StatementFact]]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of evidence that a requirement asks for, and what there is of it."""

    asked: Evidence
    state: Measured
    facts: tuple[CheckFact, ...]
    until: datetime | None = None
    """When the state changes by the passing of time alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement of one service."""

    requirement: Requirement
    measured: Measured
    parts: tuple[Part, ...]
    stated: Stated
    statement: StatementFact | None

    @property
    def failing(self) -> bool:
        """True when a current value fails its limit, also where only being measured is asked for."""
        return any(
            fact.outcome is Outcome.FAIL
            for part in self.parts
            if part.state in ANSWERED
            for fact in part.facts
        )

    @property
    def missing(self) -> bool:
        """True while something that it asks for is not there, not current or fails."""
        measured = self.measured not in (Measured.HOLDS, Measured.NOT_ASKED)
        return measured or self.stated not in (Stated.CURRENT, Stated.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A framework as one service covers it at one moment."""

    framework: Framework
    lines: tuple[Line, ...]
    changes_at: datetime | None
    """The next moment at which it changes without anybody doing anything."""

    @property
    def gaps(self) -> list[Line]:
        """The requirements that miss something."""
        return [line for line in self.lines if line.missing]

    def count(self, state: Measured | Stated) -> int:
        """Requirements in a state of measuring or of stating."""
        if isinstance(state, Measured):
            return sum(line.measured is state for line in self.lines)
        return sum(line.stated is state for line in self.lines)

    @property
    def measured(self) -> str:
        """One letter a requirement, in the framework's order."""
        return "".join(line.measured.value for line in self.lines)

    @property
    def stated(self) -> str:
        """As `measured`, for statements."""
        return "".join(line.stated.value for line in self.lines)


def coverage(
    framework: Framework, facts: Facts, *, known: Collection[str], now: datetime
) -> Coverage:
    """What `facts` say of every requirement at `now`; `known` are the ids of the product's checks."""
    lines = tuple(_line(item, facts, known, now) for item in framework.requirements)
    return Coverage(framework=framework, lines=lines, changes_at=_changes_at(lines, now))


def _line(requirement: Requirement, facts: Facts, known: Collection[str], now: datetime) -> Line:
    parts = tuple(_part(asked, facts, known, now) for asked in requirement.evidence)
    states = {part.state for part in parts}
    measured = next((state for state in _WORST if state in states), Measured.NOT_ASKED)
    stated, statement = _stated(requirement, facts.statements.get(requirement.id, ()), now)
    return Line(requirement, measured, parts, stated, statement)


def _part(asked: Evidence, facts: Facts, known: Collection[str], now: datetime) -> Part:
    found = tuple(fact for fact in facts.checks.values() if asked.asks_for(fact.check))
    if not found:
        exists = any(asked.asks_for(check) for check in known)
        return Part(asked, Measured.UNMEASURED if exists else Measured.NO_CHECK, ())
    oldest = now - timedelta(days=asked.fresh_days)
    fresh = tuple(fact for fact in found if fact.current and fact.at >= oldest)
    state = _JUDGED[asked.outcome](found, fresh)
    shown = tuple(sorted(fresh or found, key=_gravest))
    until = min((fact.at for fact in fresh), default=None)
    return Part(asked, state, shown, until + timedelta(days=asked.fresh_days) if until else None)


def _measured(found: Sequence[CheckFact], fresh: Sequence[CheckFact]) -> Measured:
    return Measured.HOLDS if fresh else Measured.STALE


def _decided(found: Sequence[CheckFact], fresh: Sequence[CheckFact]) -> Measured:
    if any(fact.outcome in (Outcome.PASS, Outcome.FAIL) for fact in fresh):
        return Measured.HOLDS
    if any(fact.outcome is Outcome.INCONCLUSIVE for fact in fresh):
        return Measured.INCONCLUSIVE
    return Measured.STALE if _judged(found) else Measured.UNMEASURED


def _passed(found: Sequence[CheckFact], fresh: Sequence[CheckFact]) -> Measured:
    """Every check that a limit judges must have passed lately: one that is stale hides a failure."""
    outcomes = {fact.outcome for fact in fresh}
    if Outcome.FAIL in outcomes:
        return Measured.FAILS
    if not _judged(found):
        return Measured.UNMEASURED
    if len(_judged(fresh)) < len(_judged(found)):
        return Measured.STALE
    return Measured.INCONCLUSIVE if Outcome.INCONCLUSIVE in outcomes else Measured.HOLDS


def _gravest(fact: CheckFact) -> tuple[int, str]:
    order = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS, None)
    return order.index(fact.outcome), fact.check


def _judged(facts: Iterable[CheckFact]) -> list[CheckFact]:
    return [fact for fact in facts if fact.outcome is not None]


_JUDGED: Final[Mapping[Asked, Callable[[Sequence[CheckFact], Sequence[CheckFact]], Measured]]] = {
    Asked.MEASURED: _measured,
    Asked.DECIDED: _decided,
    Asked.PASS: _passed,
}


def _stated(
    requirement: Requirement, signed: Sequence[StatementFact], now: datetime
) -> tuple[Stated, StatementFact | None]:
    """The statement that says most about the service: its own before its unit's before all's."""
    if not requirement.statement:
        return Stated.NOT_ASKED, None
    rank = {"service": 0, "unit": 1, "organisation": 2}
    ordered = sorted(signed, key=lambda item: (item.expires_at <= now, rank[item.scope]))
    if not ordered:
        return Stated.NOTHING, None
    best = ordered[0]
    return (Stated.CURRENT if best.expires_at > now else Stated.EXPIRED), best


def _changes_at(lines: Iterable[Line], now: datetime) -> datetime | None:
    moments = [part.until for line in lines for part in line.parts if part.until]
    moments += [line.statement.expires_at for line in lines if line.statement]
    return min((moment for moment in moments if moment > now), default=None)

"""Which move takes a finding from which state to which: the one table that every service asks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shield.common.errors import Conflict
from shield.findings.choices import FindingState as State


class Move(StrEnum):
    """What can happen to a finding's state."""

    FAIL = "fail"  # a run measured it again and it failed
    PASS = "pass"  # noqa: S105  a run measured it again and it passed
    PASS_IN_PRODUCTION = "pass in production"  # noqa: S105  … on the version that serves
    START = "start"  # a person begins to work on it


ALLOWED: Final[Mapping[Move, Mapping[State, State]]] = {
    # States that are not listed under a proof (FAIL, PASS …) stay as they are: a person's decision
    # (accepted, false positive) is not undone by seeing the same failure again.
    Move.FAIL: {State.RESOLVED: State.REGRESSED, State.CLOSED: State.REGRESSED},
    Move.PASS: {
        State.OPEN: State.RESOLVED,
        State.IN_PROGRESS: State.RESOLVED,
        State.REGRESSED: State.RESOLVED,
        State.ACCEPTED: State.RESOLVED,
    },
    Move.PASS_IN_PRODUCTION: {State.RESOLVED: State.CLOSED},
    Move.START: {State.OPEN: State.IN_PROGRESS, State.REGRESSED: State.IN_PROGRESS},
}


def target(state: str, move: Move) -> State | None:
    """The state that `move` leads to, or None when it changes nothing."""
    return ALLOWED[move].get(State(state))


def require(state: str, move: Move) -> State:
    """As `target`, for an act of a person: Conflict when the move is not allowed from here."""
    to = target(state, move)
    if to is None:
        sources = ", ".join(str(State(source).label) for source in ALLOWED[move])
        raise Conflict(
            "finding_transition",
            f"A finding that is {State(state).label.lower()} cannot {move}.",
            f"This is possible from: {sources}.",
        )
    return to

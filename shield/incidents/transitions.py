"""Which move takes an incident from which state to which: the one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shield.common.errors import Conflict
from shield.incidents.choices import IncidentState as State


class Move(StrEnum):
    """What a person does with an incident's state."""

    INVESTIGATE = "investigate"
    CONTAIN = "contain"
    CLOSE = "close"
    REOPEN = "reopen"


ALLOWED: Final[Mapping[Move, Mapping[State, State]]] = {
    Move.INVESTIGATE: {State.REPORTED: State.INVESTIGATING},
    Move.CONTAIN: {State.REPORTED: State.CONTAINED, State.INVESTIGATING: State.CONTAINED},
    Move.CLOSE: {State.CONTAINED: State.CLOSED},
    Move.REOPEN: {State.CONTAINED: State.INVESTIGATING, State.CLOSED: State.INVESTIGATING},
}


def moves(state: str) -> list[Move]:
    """What can be done from a state, in the order of the table."""
    return [move for move, sources in ALLOWED.items() if State(state) in sources]


def target(state: str, move: Move) -> State:
    """Where `move` leads; Conflict when it is not allowed from here."""
    to = ALLOWED[move].get(State(state))
    if to is None:
        sources = ", ".join(str(State(source).label) for source in ALLOWED[move])
        raise Conflict(
            "incident_transition",
            f"An incident that is {str(State(state).label).lower()} cannot {move}.",
            f"This is possible from: {sources}.",
        )
    return to

"""Which move takes a finding from which state to which, and who may make it: the one table.

Every service asks it, for acts of people, of runs and of the calendar. What is not in it does not
happen. A move that leads from a state to itself is allowed there and changes something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shield.accounts.choices import Role
from shield.accounts.policy import ACTS, may
from shield.common.errors import Conflict, NotPermitted
from shield.findings.choices import FindingState as State


class Move(StrEnum):
    """What can happen to a finding."""

    FAIL = "fail"  # a run measured it again and it failed
    PASS = "pass"  # noqa: S105  a run measured it again and it passed
    PASS_IN_PRODUCTION = "pass in production"  # noqa: S105  … on the version that serves
    WORSE = "become worse than decided on"  # a run: materially worse value, or graver severity
    EXPIRE = "expire"  # the date of its acceptance has come
    RETIRE = "be retired"  # its service is taken out of use
    RESTORE = "be restored"  # its service is in use again
    START = "be started"
    RELEASE = "be released"
    CLAIM = "be claimed"
    ASSIGN = "be assigned"
    COMMENT = "be commented on"
    SEVERITY = "change its severity"
    DUE = "change its due date"
    TICKET = "change its tickets"
    PROPOSE_ACCEPTANCE = "be proposed for acceptance"
    APPROVE_ACCEPTANCE = "be accepted"
    REJECT_ACCEPTANCE = "have its acceptance rejected"
    WITHDRAW_PROPOSAL = "have its proposal withdrawn"
    WITHDRAW_ACCEPTANCE = "have its acceptance withdrawn"
    PROPOSE_FALSE_POSITIVE = "be called a false positive"
    CONFIRM_FALSE_POSITIVE = "be confirmed as a false positive"
    REJECT_FALSE_POSITIVE = "have that claim rejected"
    WITHDRAW_FALSE_POSITIVE = "have that claim withdrawn"
    REOPEN = "be opened again"


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states to which, and the acts of the policy of which a person needs one.

    No act: nobody does it by hand, only a run or the calendar.
    """

    states: Mapping[State, State]
    acts: tuple[str, ...] = ()


def _stays(*states: State) -> dict[State, State]:
    return {state: state for state in states}


_ACTIVE: Final = tuple(State.active())
_DECIDABLE: Final = (*_ACTIVE, State.ACCEPTED)
_ANY: Final = tuple(State)
_TRIAGE: Final = ("finding.triage",)
_WORK: Final = ("finding.work",)

TABLE: Final[Mapping[Move, Rule]] = {
    # A decision of people (accepted, false positive) is not undone by seeing the same failure again.
    Move.FAIL: Rule({State.RESOLVED: State.REGRESSED, State.CLOSED: State.REGRESSED}),
    Move.PASS: Rule(
        {
            State.OPEN: State.RESOLVED,
            State.IN_PROGRESS: State.RESOLVED,
            State.REGRESSED: State.RESOLVED,
            State.ACCEPTED: State.RESOLVED,
        }
    ),
    Move.PASS_IN_PRODUCTION: Rule({State.RESOLVED: State.CLOSED}),
    Move.WORSE: Rule({State.ACCEPTED: State.OPEN, State.FALSE_POSITIVE: State.OPEN}),
    Move.EXPIRE: Rule({State.ACCEPTED: State.OPEN}),
    # Nobody works on what is not used, and nobody lives with its risk: it waits, and is counted.
    Move.RETIRE: Rule(dict.fromkeys(_DECIDABLE, State.RETIRED)),
    Move.RESTORE: Rule({State.RETIRED: State.OPEN}),
    Move.START: Rule({State.OPEN: State.IN_PROGRESS, State.REGRESSED: State.IN_PROGRESS}, _WORK),
    Move.RELEASE: Rule({State.IN_PROGRESS: State.OPEN}, _WORK),
    Move.CLAIM: Rule(_stays(*_ANY), _WORK),
    Move.ASSIGN: Rule(_stays(*_ANY), _TRIAGE),
    Move.COMMENT: Rule(_stays(*_ANY), ("finding.comment",)),
    Move.SEVERITY: Rule(_stays(*_DECIDABLE), _TRIAGE),
    Move.DUE: Rule(_stays(*_ACTIVE), _TRIAGE),
    Move.TICKET: Rule(_stays(*_ANY), _WORK),
    # From "accepted" a proposal is a renewal: its approval takes the place of what runs out.
    Move.PROPOSE_ACCEPTANCE: Rule(_stays(*_DECIDABLE), ("acceptance.propose",)),
    Move.APPROVE_ACCEPTANCE: Rule(
        dict.fromkeys(_DECIDABLE, State.ACCEPTED), ("acceptance.decide",)
    ),
    Move.REJECT_ACCEPTANCE: Rule(_stays(*_DECIDABLE), ("acceptance.decide",)),
    Move.WITHDRAW_PROPOSAL: Rule(_stays(*_DECIDABLE), ("acceptance.propose",)),
    Move.WITHDRAW_ACCEPTANCE: Rule(
        {State.ACCEPTED: State.OPEN}, ("acceptance.propose", "acceptance.decide")
    ),
    Move.PROPOSE_FALSE_POSITIVE: Rule(_stays(*_ACTIVE), ("false_positive.propose",)),
    Move.CONFIRM_FALSE_POSITIVE: Rule(
        dict.fromkeys(_ACTIVE, State.FALSE_POSITIVE), ("false_positive.decide",)
    ),
    Move.REJECT_FALSE_POSITIVE: Rule(_stays(*_ACTIVE), ("false_positive.decide",)),
    Move.WITHDRAW_FALSE_POSITIVE: Rule(_stays(*_ACTIVE), ("false_positive.propose",)),
    Move.REOPEN: Rule(
        {State.FALSE_POSITIVE: State.OPEN}, ("finding.work", "false_positive.decide")
    ),
}


def target(state: str, move: Move) -> State | None:
    """The state that `move` leads to, or None when it is not allowed from here."""
    return TABLE[move].states.get(State(state))


def require(state: str, move: Move) -> State:
    """As `target`, for an act of a person: Conflict when the move is not allowed from here."""
    to = target(state, move)
    if to is None:
        sources = ", ".join(str(source.label) for source in TABLE[move].states)
        raise Conflict(
            "finding_transition",
            f"A finding that is {State(state).label.lower()} cannot {move}.",
            f"This is possible from: {sources}.",
        )
    return to


def permits(user: object, move: Move, finding: object) -> bool:
    """Whether the policy lets `user` make this move on this finding; its state is another question."""
    return any(may(user, act, finding) for act in TABLE[move].acts)


def permit(user: object, move: Move, finding: object) -> None:
    """As `permits`; NotPermitted with the roles that may."""
    if permits(user, move, finding):
        return
    acts = TABLE[move].acts
    roles = [str(role.label) for role in Role if any(act in ACTS[role] for act in acts)]
    raise NotPermitted(
        "not_permitted",
        f"You may not do this ({' or '.join(acts)}).",
        f"These roles may, in the service's unit and up to its tier: {', '.join(roles)}.",
    )


def offers(user: object, move: Move, finding: object) -> bool:
    """Whether a page should offer the move to `user`: allowed by the state and by the policy."""
    state: str = finding.state  # type: ignore[attr-defined]
    return target(state, move) is not None and permits(user, move, finding)

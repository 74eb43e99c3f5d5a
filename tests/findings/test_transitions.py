"""The one table, exhaustively: every state × every move × every role in its own and a foreign unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.common.errors import Conflict, NotPermitted
from shield.evidence.outcome import Severity
from shield.findings import services
from shield.findings.choices import FindingState as State
from shield.findings.choices import Pending
from shield.findings.models import Acceptance, FalsePositive, Finding, TimelineEntry
from shield.findings.proposals import Terms, measured
from shield.findings.transitions import TABLE, Move
from tests import factories

pytestmark = pytest.mark.django_db

ENG, OFF, APP = Role.ENGINEER, Role.RISK_OFFICER, Role.APPROVER
ACTIVE = (State.OPEN, State.IN_PROGRESS, State.REGRESSED)
ANY = tuple(State)

# Written out apart from the product's table, in the words of the life-cycle: from → to, and who.
EXPECTED: dict[Move, tuple[dict[State, State], set[Role]]] = {
    Move.FAIL: ({State.RESOLVED: State.REGRESSED, State.CLOSED: State.REGRESSED}, set()),
    Move.PASS: (dict.fromkeys((*ACTIVE, State.ACCEPTED), State.RESOLVED), set()),
    Move.PASS_IN_PRODUCTION: ({State.RESOLVED: State.CLOSED}, set()),
    Move.WORSE: ({State.ACCEPTED: State.OPEN, State.FALSE_POSITIVE: State.OPEN}, set()),
    Move.EXPIRE: ({State.ACCEPTED: State.OPEN}, set()),
    Move.RETIRE: (dict.fromkeys((*ACTIVE, State.ACCEPTED), State.RETIRED), set()),
    Move.RESTORE: ({State.RETIRED: State.OPEN}, set()),
    Move.START: (dict.fromkeys((State.OPEN, State.REGRESSED), State.IN_PROGRESS), {ENG, OFF}),
    Move.RELEASE: ({State.IN_PROGRESS: State.OPEN}, {ENG, OFF}),
    Move.CLAIM: ({s: s for s in ANY}, {ENG, OFF}),
    Move.ASSIGN: ({s: s for s in ANY}, {OFF}),
    Move.COMMENT: ({s: s for s in ANY}, {ENG, OFF, APP, Role.PRIVACY_OFFICER}),
    Move.SEVERITY: ({s: s for s in (*ACTIVE, State.ACCEPTED)}, {OFF}),
    Move.DUE: ({s: s for s in ACTIVE}, {OFF}),
    Move.TICKET: ({s: s for s in ANY}, {ENG, OFF}),
    Move.PROPOSE_ACCEPTANCE: ({s: s for s in (*ACTIVE, State.ACCEPTED)}, {OFF}),
    Move.APPROVE_ACCEPTANCE: (dict.fromkeys((*ACTIVE, State.ACCEPTED), State.ACCEPTED), {APP}),
    Move.REJECT_ACCEPTANCE: ({s: s for s in (*ACTIVE, State.ACCEPTED)}, {APP}),
    Move.WITHDRAW_PROPOSAL: ({s: s for s in (*ACTIVE, State.ACCEPTED)}, {OFF}),
    Move.WITHDRAW_ACCEPTANCE: ({State.ACCEPTED: State.OPEN}, {OFF, APP}),
    Move.PROPOSE_FALSE_POSITIVE: ({s: s for s in ACTIVE}, {ENG, OFF}),
    Move.CONFIRM_FALSE_POSITIVE: (dict.fromkeys(ACTIVE, State.FALSE_POSITIVE), {OFF, APP}),
    Move.REJECT_FALSE_POSITIVE: ({s: s for s in ACTIVE}, {OFF, APP}),
    Move.WITHDRAW_FALSE_POSITIVE: ({s: s for s in ACTIVE}, {ENG, OFF}),
    Move.REOPEN: ({State.FALSE_POSITIVE: State.OPEN}, {ENG, OFF, APP}),
}
PEOPLE = [move for move in Move if TABLE[move].acts]


def test_the_table_is_the_life_cycle() -> None:
    assert set(TABLE) == set(Move) == set(EXPECTED)
    assert {move: dict(rule.states) for move, rule in TABLE.items()} == {
        move: states for move, (states, _) in EXPECTED.items()
    }


def _terms() -> Terms:
    return Terms("accept", "controls", "small", timezone.now() + timedelta(days=30))


def _proposed(finding: Finding) -> Acceptance:
    Finding.objects.filter(pk=finding.pk).update(pending=Pending.ACCEPTANCE)
    return Acceptance.objects.create(
        finding=finding, proposer=factories.user(role=OFF), treatment="accept", category="controls",
        reason="small", expires_at=timezone.now() + timedelta(days=30), **measured(finding),
    )  # fmt: skip


def _active(finding: Finding) -> Acceptance:
    row = _proposed(finding)
    Finding.objects.filter(pk=finding.pk).update(pending="", accepted_until=row.expires_at)
    row.status, row.decider, row.decided_at = "active", factories.user(role=APP), timezone.now()
    row.save()
    return row


def _claimed(finding: Finding) -> FalsePositive:
    Finding.objects.filter(pk=finding.pk).update(pending=Pending.FALSE_POSITIVE)
    return FalsePositive.objects.create(
        finding=finding, proposer=factories.user(role=ENG), category="data_error", reason="x",
        evidence="y", **measured(finding),
    )  # fmt: skip


def _acts() -> dict[Move, Callable[[Finding, User], object]]:
    """How each move of a person is made, with what it needs prepared."""
    words = {"note": "because"}
    s = services
    return {
        Move.START: lambda f, u: s.finding_start(finding=f, actor=u, category="data"),
        Move.RELEASE: lambda f, u: s.finding_release(finding=f, actor=u, category="blocked"),
        Move.CLAIM: lambda f, u: s.finding_assign(finding=f, assignee=u, actor=u),
        Move.ASSIGN: lambda f, u: s.finding_assign(finding=f, assignee=factories.user(), actor=u),
        Move.COMMENT: lambda f, u: s.finding_comment(finding=f, text="hello", actor=u),
        Move.SEVERITY: lambda f, u: s.finding_severity_change(
            finding=f, severity=Severity.LOW, category="impact", actor=u, **words
        ),
        Move.DUE: lambda f, u: s.finding_due_change(
            finding=f, due_at=timezone.now() + timedelta(days=40), category="data", actor=u, **words
        ),
        Move.TICKET: lambda f, u: s.ticket_add(finding=f, url="https://t.example/1", actor=u),
        Move.PROPOSE_ACCEPTANCE: lambda f, u: s.acceptance_propose(
            finding=f, terms=_terms(), actor=u
        ),
        Move.APPROVE_ACCEPTANCE: lambda f, u: s.acceptance_approve(
            acceptance=_proposed(f), actor=u, **words
        ),
        Move.REJECT_ACCEPTANCE: lambda f, u: s.acceptance_reject(
            acceptance=_proposed(f), actor=u, **words
        ),
        Move.WITHDRAW_PROPOSAL: lambda f, u: s.acceptance_withdraw(
            acceptance=_proposed(f), actor=u, **words
        ),
        Move.WITHDRAW_ACCEPTANCE: lambda f, u: s.acceptance_withdraw(
            acceptance=_active(f), actor=u, **words
        ),
        Move.PROPOSE_FALSE_POSITIVE: lambda f, u: s.false_positive_propose(
            finding=f, category="data_error", reason="x", evidence="y", actor=u
        ),
        Move.CONFIRM_FALSE_POSITIVE: lambda f, u: s.false_positive_confirm(
            claim=_claimed(f), actor=u, **words
        ),
        Move.REJECT_FALSE_POSITIVE: lambda f, u: s.false_positive_reject(
            claim=_claimed(f), actor=u, **words
        ),
        Move.WITHDRAW_FALSE_POSITIVE: lambda f, u: s.false_positive_withdraw(
            claim=_claimed(f), actor=u, **words
        ),
        Move.REOPEN: lambda f, u: s.finding_reopen(finding=f, category="mistake", actor=u, **words),
    }


def test_every_move_of_a_person_is_tried() -> None:
    assert set(_acts()) == set(PEOPLE)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", PEOPLE, ids=lambda move: move.name.lower())
def test_a_move_goes_exactly_where_the_table_says_for_exactly_whom(
    move: Move, state: State, run: Any
) -> None:
    states, roles = EXPECTED[move]
    act = _acts()[move]
    for role in Role:
        for own in (True, False):
            finding = factories.finding(run, state=state)
            unit = finding.service.unit if own else factories.unit("treasury")
            user = factories.user(role=role, unit=unit)
            before = (TimelineEntry.objects.count(), Event.objects.count())
            expected = _expected(states, roles, role if own else None, state)
            if isinstance(expected, State):
                act(finding, user)
            else:
                with pytest.raises(expected):
                    act(finding, user)
            finding.refresh_from_db()
            happened = TimelineEntry.objects.count() - before[0], Event.objects.count() - before[1]
            if isinstance(expected, State):
                assert finding.state == expected, (role, own)
                assert happened == (1, 1), (role, own)
            else:
                assert finding.state == state, (role, own)
                assert happened == (0, 0), (role, own)


def _expected(
    states: dict[State, State], roles: set[Role], role: Role | None, state: State
) -> State | type[Exception]:
    if role not in roles:
        return NotPermitted
    return states.get(state, Conflict)


@pytest.fixture
def run() -> Any:
    return factories.run()


@pytest.mark.parametrize("move", PEOPLE, ids=lambda move: move.name.lower())
def test_a_limit_of_tier_holds_for_every_move(move: Move) -> None:
    states, roles = EXPECTED[move]
    state = next(iter(states))
    finding = factories.finding(state=state)  # of a service of tier high
    role = min(roles)
    limited = factories.user(role=role, tier_limit="moderate")
    with pytest.raises(NotPermitted):
        _acts()[move](finding, limited)
    Acceptance.objects.all().delete()
    FalsePositive.objects.all().delete()
    Finding.objects.update(pending="", accepted_until=None)
    reaching = factories.user(role=role, tier_limit="high")
    _acts()[move](finding, reaching)
    finding.refresh_from_db()
    assert finding.state == states[state]

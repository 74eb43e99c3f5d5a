"""Coverage as a function of facts: every state, and nothing counted that is not current."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.evidence.outcome import Outcome
from shield.frameworks.catalogue import parse
from shield.frameworks.coverage import (
    CheckFact,
    Coverage,
    Facts,
    Line,
    Measured,
    Stated,
    StatementFact,
    coverage,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KNOWN = {"fairness.a", "fairness.b", "performance.auc"}


def framework(*evidence: dict[str, object], statement: object = None):
    requirement: dict[str, object] = {"id": "R 1", "title": "One"}
    if evidence:
        requirement["evidence"] = list(evidence)
    if statement:
        requirement["statement"] = statement
    return parse(
        {
            "id": "test", "title": "Test", "publisher": "us", "edition": "1", "status": "in_force",
            "source": "https://example.org", "note": "none",
            "groups": [{"id": "G", "title": "Group", "requirements": [requirement]}],
        }
    )  # fmt: skip


def asks(outcome: str, *checks: str, days: int = 90) -> dict[str, object]:
    return {"checks": list(checks or ("fairness",)), "fresh_days": days, "outcome": outcome}


def fact(check: str, outcome: Outcome | None, *, age: int = 1, current: bool = True) -> CheckFact:
    return CheckFact(check, check, outcome, NOW - timedelta(days=age), "run", "v1", current)


def signed(*, left: int = 10, scope: str = "service", id: int = 1) -> StatementFact:
    return StatementFact(
        id, "R 1", scope, "text", "Mira", "risk_officer", NOW - timedelta(days=30),
        NOW + timedelta(days=left),
    )  # fmt: skip


def covered(of, *facts: CheckFact, statements: list[StatementFact] | None = None) -> Coverage:
    known = Facts({item.check: item for item in facts}, {"R 1": statements or []})
    return coverage(of, known, known=KNOWN, now=NOW)


def line(of, *facts: CheckFact, statements: list[StatementFact] | None = None) -> Line:
    return covered(of, *facts, statements=statements).lines[0]


PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("asked", "outcomes", "state"),
    [
        ("pass", [PASS], Measured.HOLDS),
        ("pass", [PASS, PASS], Measured.HOLDS),
        ("pass", [PASS, FAIL], Measured.FAILS),
        ("pass", [FAIL, OPEN], Measured.FAILS),
        ("pass", [PASS, OPEN], Measured.INCONCLUSIVE),
        ("pass", [PASS, None], Measured.HOLDS),
        ("pass", [None], Measured.UNMEASURED),
        ("decided", [FAIL], Measured.HOLDS),
        ("decided", [PASS, OPEN], Measured.HOLDS),
        ("decided", [OPEN], Measured.INCONCLUSIVE),
        ("decided", [None], Measured.UNMEASURED),
        ("measured", [None], Measured.HOLDS),
        ("measured", [OPEN], Measured.HOLDS),
    ],
)
def test_fresh_values_answer_what_is_asked(
    asked: str, outcomes: list[Outcome | None], state: Measured
) -> None:
    facts = [fact(f"fairness.{'ab'[n]}", outcome) for n, outcome in enumerate(outcomes)]
    assert line(framework(asks(asked)), *facts).measured is state


@pytest.mark.parametrize("asked", ["pass", "decided", "measured"])
def test_what_is_old_or_of_another_version_is_stale_and_never_holds(asked: str) -> None:
    for age, current in ((91, True), (1, False)):
        found = line(framework(asks(asked)), fact("fairness.a", PASS, age=age, current=current))
        assert found.measured is Measured.STALE
        assert found.missing


def test_ninety_days_are_still_fresh() -> None:
    assert (
        line(framework(asks("pass")), fact("fairness.a", PASS, age=90)).measured is Measured.HOLDS
    )


def test_a_stale_check_beside_a_fresh_one_hides_no_failure() -> None:
    """A run of one check on a new version does not stand for those that were not run on it."""
    facts = [fact("fairness.a", PASS), fact("fairness.b", PASS, current=False)]
    assert line(framework(asks("pass")), *facts).measured is Measured.STALE


def test_a_check_that_exists_and_was_not_run_is_not_measured() -> None:
    assert line(framework(asks("pass"))).measured is Measured.UNMEASURED


def test_a_pillar_without_any_check_says_so() -> None:
    assert line(framework(asks("decided", "robustness"))).measured is Measured.NO_CHECK


def test_a_pillar_becomes_measurable_when_a_check_of_it_gives_a_value() -> None:
    found = line(framework(asks("decided", "robustness")), fact("robustness.evasion", PASS))
    assert found.measured is Measured.HOLDS


def test_of_several_pieces_of_evidence_the_worst_counts() -> None:
    of = framework(asks("measured", "performance"), asks("pass"))
    auc = fact("performance.auc", None)
    assert line(of, auc, fact("fairness.a", PASS)).measured is Measured.HOLDS
    assert line(of, auc, fact("fairness.a", FAIL)).measured is Measured.FAILS
    assert line(of, auc).measured is Measured.UNMEASURED


def test_a_statement_is_apart_from_what_is_measured() -> None:
    of = framework(asks("pass"), statement=True)
    found = line(of, fact("fairness.a", FAIL), statements=[signed()])
    assert (found.measured, found.stated) == (Measured.FAILS, Stated.CURRENT)
    assert found.missing


@pytest.mark.parametrize(
    ("statements", "state"),
    [([], Stated.NOTHING), ([signed()], Stated.CURRENT), ([signed(left=0)], Stated.EXPIRED),
     ([signed(left=-1)], Stated.EXPIRED)],
)  # fmt: skip
def test_a_statement_counts_until_it_expires(
    statements: list[StatementFact], state: Stated
) -> None:
    assert line(framework(statement=True), statements=statements).stated is state


def test_the_services_own_statement_counts_before_that_of_its_unit_and_of_all() -> None:
    every = [signed(scope="organisation", id=3), signed(scope="unit", id=2), signed(id=1)]
    found = line(framework(statement=True), statements=every)
    assert found.statement is not None
    assert found.statement.id == 1


def test_a_wide_statement_counts_where_the_services_own_has_expired() -> None:
    both = [signed(left=-5, id=1), signed(scope="organisation", id=3)]
    found = line(framework(statement=True), statements=both)
    assert found.stated is Stated.CURRENT
    assert found.statement is not None
    assert found.statement.id == 3


def test_what_is_not_asked_is_never_missing() -> None:
    assert not line(framework(asks("pass")), fact("fairness.a", PASS)).missing
    assert not line(framework(statement=True), statements=[signed()]).missing


def test_coverage_says_when_it_next_changes_by_itself() -> None:
    of = framework(asks("pass"), statement=True)
    found = covered(of, fact("fairness.a", PASS, age=80), statements=[signed(left=20)])
    assert found.changes_at == NOW + timedelta(days=10)
    later = coverage(
        of,
        Facts({"fairness.a": fact("fairness.a", PASS, age=80)}, {}),
        known=KNOWN,
        now=found.changes_at + timedelta(seconds=1),
    )
    assert later.lines[0].measured is Measured.STALE


def test_the_letters_tell_the_states_again() -> None:
    found = covered(framework(asks("pass"), statement=True), fact("fairness.a", PASS))
    assert (found.measured, found.stated) == ("H", "O")


OUTCOMES = st.sampled_from([PASS, FAIL, OPEN, None])
FACTS = st.tuples(OUTCOMES, st.integers(0, 400), st.booleans())


@given(
    found=st.lists(FACTS, max_size=2),
    asked=st.sampled_from(["pass", "decided", "measured"]),
    days=st.integers(1, 365),
)
def test_nothing_holds_without_a_fresh_current_value(
    found: list[tuple[Outcome | None, int, bool]], asked: str, days: int
) -> None:
    facts = [
        fact(f"fairness.{'ab'[n]}", outcome, age=age, current=current)
        for n, (outcome, age, current) in enumerate(found)
    ]
    state = line(framework(asks(asked, days=days)), *facts).measured
    fresh = [item for item in facts if item.current and NOW - item.at <= timedelta(days=days)]
    if state in (Measured.HOLDS, Measured.FAILS):
        assert fresh
    if asked == "pass" and state is Measured.HOLDS:
        assert {item.outcome for item in fresh} <= {PASS, None}
        assert PASS in {item.outcome for item in fresh}


def test_getting_older_never_turns_a_gap_into_evidence() -> None:
    for asked, outcome in product(("pass", "decided", "measured"), (PASS, FAIL, OPEN, None)):
        states = [
            line(framework(asks(asked)), fact("fairness.a", outcome, age=age)).measured
            for age in (0, 45, 90, 91, 200)
        ]
        held = [state is Measured.HOLDS for state in states]
        assert held == sorted(held, reverse=True)

"""The risk score: a number worked out by hand, and what may never happen to it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.evidence.outcome import Severity
from shield.registry.choices import Tier
from shield.risk.score import MATERIALITY, Facts, score, unknown_share

SEVERITIES = [severity.value for severity in Severity]
TIERS = [tier.value for tier in Tier]
counts = st.dictionaries(st.sampled_from(SEVERITIES), st.integers(0, 40))


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    planned = draw(st.integers(0, 60))
    unmeasured = draw(st.integers(0, planned))
    return Facts(
        tier=draw(st.sampled_from(TIERS)),
        cadence_days=draw(st.integers(1, 400)),
        open=draw(counts),
        overdue=draw(counts),
        accepted=draw(counts),
        planned=planned,
        unmeasured=unmeasured,
        undecided=draw(st.integers(0, planned - unmeasured)),
        age_days=draw(st.none() | st.floats(0, 2000)),
        superseded=draw(st.booleans()),
    )


def more(count: dict[str, int], severity: str, by: int = 1) -> dict[str, int]:
    return {**count, severity: count.get(severity, 0) + by}


def not_lower(worse: Facts, than: Facts) -> None:
    assert score(worse).value >= score(than).value - 1e-9


def test_a_score_worked_out_by_hand() -> None:
    """High tier, 45 days old of 90; 20 checks of which 2 unmeasured and 2 inconclusive; one critical
    finding overdue, two high ones open, one medium one accepted.

    1 − w of each: overdue critical 0.5^1.5 = 0.353553; two high 0.75² = 0.5625; accepted medium
    0.9^0.25 = 0.974004; unknown share (2 + 1)/20 = 0.15, so 1 − 0.35·0.15 = 0.9475; age within its
    cadence: 1. Product 0.183533. Score 100 · 0.8 · 0.816467 = 65.317.
    """
    found = score(
        Facts(
            tier="high", cadence_days=90, open={"high": 2}, overdue={"critical": 1},
            accepted={"medium": 1}, planned=20, unmeasured=2, undecided=2, age_days=45.0,
        )
    )  # fmt: skip
    assert found.value == pytest.approx(65.317, abs=0.001)
    assert [reason.code for reason in found.reasons] == [
        "overdue.critical", "open.high", "unknown", "accepted.medium",
    ]  # fmt: skip
    # points by logarithm: 1.039721, 0.575364, 0.053928, 0.026340 of 1.695353
    assert [reason.points for reason in found.reasons] == pytest.approx(
        [40.057, 22.167, 2.078, 1.015], abs=0.001
    )


def test_a_service_with_nothing_against_it_scores_nothing() -> None:
    found = score(Facts(tier="critical", cadence_days=30, planned=20, age_days=3.0))
    assert found.value == 0
    assert found.reasons == ()


def test_a_service_that_was_never_assessed_is_no_zero() -> None:
    """1 − 0.65 · 0.7 = 0.545 of its materiality."""
    for tier in TIERS:
        found = score(Facts(tier=tier, cadence_days=90))
        assert found.value == pytest.approx(54.5 * MATERIALITY[tier])
        assert {reason.code for reason in found.reasons} == {"unknown", "age"}


@given(facts())
def test_the_score_lies_between_0_and_100_times_the_materiality(given: Facts) -> None:
    assert 0 <= score(given).value <= 100 * MATERIALITY[given.tier]


@given(facts())
def test_the_points_of_the_reasons_add_up_to_the_score(given: Facts) -> None:
    found = score(given)
    assert math.fsum(reason.points for reason in found.reasons) == pytest.approx(found.value)
    assert all(reason.points > 0 for reason in found.reasons)


@given(facts(), st.sampled_from(SEVERITIES), st.sampled_from(["open", "overdue", "accepted"]))
def test_another_finding_never_lowers_it(given: Facts, severity: str, kind: str) -> None:
    not_lower(replace(given, **{kind: more(getattr(given, kind), severity)}), given)


@given(facts(), st.sampled_from(SEVERITIES), st.sampled_from(SEVERITIES))
def test_raising_the_severity_of_a_finding_never_lowers_it(given: Facts, a: str, b: str) -> None:
    graver, lesser = sorted((a, b), key=SEVERITIES.index)
    for kind in ("open", "overdue", "accepted"):
        before = getattr(given, kind)
        not_lower(
            replace(given, **{kind: more(before, graver)}),
            replace(given, **{kind: more(before, lesser)}),
        )


@pytest.mark.parametrize("severity", SEVERITIES)
def test_overdue_counts_more_than_open_and_open_more_than_accepted_and_that_more_than_none(
    severity: str,
) -> None:
    """On a service with nothing else against it, where no other reason hides the difference."""
    given = Facts(
        tier=TIERS[0], cadence_days=90, open={}, overdue={}, accepted={}, planned=20,
        unmeasured=0, undecided=0, age_days=1.0, superseded=False,
    )  # fmt: skip
    values = [
        score(each).value
        for each in (
            given,
            replace(given, accepted={severity: 1}),
            replace(given, open={severity: 1}),
            replace(given, overdue={severity: 1}),
        )
    ]
    assert values == sorted(set(values))


@given(facts(), st.sampled_from(SEVERITIES))
def test_overdue_counts_no_less_than_open_and_open_no_less_than_accepted_and_that_than_none(
    given: Facts, severity: str
) -> None:
    late = replace(given, overdue=more(given.overdue, severity))
    running = replace(given, open=more(given.open, severity))
    covered = replace(given, accepted=more(given.accepted, severity))
    not_lower(late, running)
    not_lower(running, covered)
    not_lower(covered, given)


@given(facts(), st.floats(0, 2000), st.floats(0, 2000))
def test_fresher_evidence_never_raises_it(given: Facts, a: float, b: float) -> None:
    younger, older = sorted((a, b))
    aged = replace(given, age_days=older)
    not_lower(aged, replace(given, age_days=younger))
    not_lower(replace(given, age_days=None), aged)
    not_lower(replace(given, superseded=True), replace(given, superseded=False))


@given(facts())
def test_more_coverage_never_raises_it(given: Facts) -> None:
    """Measuring a check that was not measured, and deciding one that was inconclusive."""
    if given.unmeasured:
        decided = replace(given, unmeasured=given.unmeasured - 1)
        inconclusive = replace(decided, undecided=given.undecided + 1)
        not_lower(given, inconclusive)
        not_lower(inconclusive, decided)
    if given.undecided:
        not_lower(given, replace(given, undecided=given.undecided - 1))


@given(facts())
def test_a_graver_tier_with_the_same_facts_never_scores_lower(given: Facts) -> None:
    values = [score(replace(given, tier=tier)).value for tier in TIERS]
    assert values == sorted(values)


@given(facts())
def test_the_share_of_what_is_unknown_is_a_share(given: Facts) -> None:
    assert 0 <= unknown_share(given) <= 1

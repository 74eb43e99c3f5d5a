"""Conditional statistical parity: rates may differ where a legitimate column explains it."""

from __future__ import annotations

import numpy as np
import pytest

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Outcome
from tests.assessments.fairness.support import (
    binary,
    grouping,
    measured,
    outcomes,
    run,
    with_reference,
)

CHECK = "fairness.conditional_statistical_parity_difference"
LIMIT = Threshold(min=-0.1, max=0.1)


def explained(penalty: float = 0.0, *, n: int = 6000, seed: int = 2, person=None):
    """Group b has the qualification less often; given it, it is selected less by `penalty`."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, n)
    qualified = (rng.random(n) < np.where(codes == 1, 0.3, 0.7)).astype(int)
    decision = rng.random(n) < 0.2 + 0.6 * qualified - penalty * (codes == 1)
    return binary(
        grouping("race", codes),
        decision=decision,
        legitimate=[grouping("qualified", qualified, ["no", "yes"])],
        person=person,
    )


def test_a_difference_that_the_legitimate_column_explains_passes():
    subject = explained()
    plain = outcomes("fairness.demographic_parity_difference", subject, LIMIT)
    assert plain["b",] == Outcome.FAIL
    assert set(outcomes(CHECK, subject, LIMIT).values()) == {Outcome.PASS}


def test_a_difference_among_equals_fails():
    found = outcomes(CHECK, explained(0.18), LIMIT)
    assert found["b", "*"] == Outcome.FAIL


def test_value_is_the_weighted_mean_of_the_differences_within_strata():
    subject = explained(0.1)
    codes, stratum = subject.groupings[0].codes, subject.legitimate[0].codes
    total, weight = 0.0, 0.0
    for s in (0, 1):
        own, rest = (codes == 1) & (stratum == s), (codes == 0) & (stratum == s)
        w = own.sum() * rest.sum() / (own.sum() + rest.sum())
        total += w * (subject.decision[own].mean() - subject.decision[rest].mean())
        weight += w
    found = measured(CHECK, subject)["b", "*"]
    assert found.value == pytest.approx(total / weight)
    assert dict(found.slice) == {"race": "b", "qualified": "*"}
    assert found.detail["p_value"] < 0.001
    assert "among rows with equal qualified" in found.statement


def test_each_legitimate_column_is_a_comparison_of_its_own():
    subject = explained()
    second = grouping("region", np.arange(subject.n) % 3)
    both = binary(
        subject.groupings, decision=subject.decision, legitimate=[*subject.legitimate, second]
    )
    slices = {tuple(each.slice) for each in run(CHECK, both).measurements}
    assert slices == {("race", "qualified"), ("race", "region")}


def test_without_overlap_nothing_can_be_compared():
    codes = np.repeat([0, 1], 100)
    subject = binary(
        grouping("race", codes),
        decision=np.arange(200) % 2,
        legitimate=[grouping("qualified", codes)],
    )
    found = measured(CHECK, subject)
    assert {each.outcome for each in found.values()} == {Outcome.INCONCLUSIVE}
    assert "no stratum of qualified holds rows" in found["a", "*"].reason


def test_a_column_is_not_compared_within_itself():
    codes = np.repeat([0, 1], 100)
    race = grouping("race", codes)
    found = run(CHECK, binary(race, decision=codes, legitimate=[race]))
    assert not found.measurements
    assert "is a sensitive column itself" in found.reason


def test_reference_group_restricts_the_comparison_to_it():
    subject = with_reference(explained(0.18), 0)
    found = measured(CHECK, subject)
    assert set(found) == {("b", "*")}
    assert found["b", "*"].reference == {"race": "a"}


def test_several_rows_a_person_widen_the_interval():
    subject = explained(0.1, n=2000)
    rows = np.repeat(np.arange(2000), 4)
    parts = {
        "decision": subject.decision[rows],
        "legitimate": [grouping("qualified", subject.legitimate[0].codes[rows])],
    }
    race = grouping("race", subject.groupings[0].codes[rows])
    naive = measured(CHECK, binary(race, **parts))["b", "*"]
    known = measured(CHECK, binary(race, **parts, person=rows))["b", "*"]
    assert known.value == naive.value
    width = naive.interval.high - naive.interval.low
    assert known.interval.high - known.interval.low == pytest.approx(2 * width, rel=0.15)

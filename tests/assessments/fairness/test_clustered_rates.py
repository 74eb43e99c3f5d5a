"""Several rows a person: rates stay, their uncertainty follows the number of persons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.assessments.fairness.support import binary, grouping, measured


def copied(times: int = 5, n: int = 800):
    """Rows of which each person has `times` identical ones, once known as such and once not."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 3, n)
    label, decision = rng.integers(0, 2, n), rng.random(n) < 0.3 + 0.2 * (codes == 1)
    rows = np.repeat(np.arange(n), times)
    naive = binary(grouping("race", codes[rows]), label=label[rows], decision=decision[rows])
    return naive, replace(naive, person=rows.astype(np.int32))


@pytest.mark.parametrize(
    "check",
    [
        "selection_rate",
        "true_positive_rate",
        "accuracy",
        "balanced_accuracy",
        "selection_rate_ratio",
        "demographic_parity_difference",
        "equal_opportunity_difference",
        "equal_opportunity_ratio",
        "equalized_odds_difference",
        "predictive_parity_difference",
        "balanced_accuracy_difference",
    ],
)
def test_value_stays_and_interval_widens_as_with_fewer_rows(check: str):
    naive, known = (measured(f"fairness.{check}", each)["a",] for each in copied())
    assert known.value == pytest.approx(naive.value, abs=1e-12)
    assert known.n == naive.n
    width = naive.interval.high - naive.interval.low
    # Five identical rows are one: √5 times as wide, as far as the range allows.
    assert known.interval.high - known.interval.low > 1.6 * width


def test_interval_of_copied_rows_is_that_of_the_rows_before_copying():
    naive, known = copied(times=4)
    once = binary(
        grouping("race", naive.groupings[0].codes[::4]),
        label=naive.label[::4],
        decision=naive.decision[::4],
    )
    for check in ("selection_rate", "demographic_parity_difference"):
        before, after = (measured(f"fairness.{check}", each)["b",] for each in (once, known))
        assert after.interval.low == pytest.approx(before.interval.low, abs=0.004)
        assert after.interval.high == pytest.approx(before.interval.high, abs=0.004)


def test_method_and_detail_name_the_design_effect():
    _, known = copied()
    found = measured("fairness.selection_rate", known)["a",]
    assert "Rao–Scott design effect" in found.method
    assert found.detail["design_effect"] == pytest.approx(5, rel=0.05)


@pytest.mark.parametrize("comparison", ["rest", "overall", "best", "worst"])
def test_comparisons_keep_their_value_under_unequal_design_effects(comparison: str):
    naive, _ = copied()
    # Only persons of group a have several rows.
    codes = naive.groupings[0].codes
    person = np.where(codes == 0, np.arange(naive.n) // 5, np.arange(naive.n))
    known = replace(naive, person=person.astype(np.int32))
    for check in ("demographic_parity_difference", "balanced_accuracy_difference"):
        before, after = (
            measured(f"fairness.{check}", each, comparison=comparison) for each in (naive, known)
        )
        for group in ("a", "b", "c"):
            assert after[group,].value == pytest.approx(before[group,].value, abs=1e-12)

"""Several classes and predicted numbers: planted gaps are found, fair controls pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assessments.core.subject import Subject, Task
from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Outcome
from tests.assessments.fairness.support import grouping, measured, outcomes

LIMIT = Threshold(min=-0.1, max=0.1)
CLASSES = ("low", "middle", "high")


def classified(*, skew: float = 0.0, errors: float = 0.0, n: int = 4000, seed: int = 3) -> Subject:
    """Three groups; in group b, class high is decided less (`skew`), or errors are more."""
    rng = np.random.default_rng(seed)
    codes = np.repeat([0, 1, 2], n)
    truth = rng.integers(0, 3, 3 * n)
    wrong = rng.random(3 * n) < 0.15 + errors * (codes == 1)
    decision = np.where(wrong, (truth + rng.integers(1, 3, 3 * n)) % 3, truth)
    moved = (codes == 1) & (decision == 2) & (rng.random(3 * n) < skew)
    decision = np.where(moved, 0, decision)
    return Subject(
        Task.MULTICLASS,
        3 * n,
        label=truth.astype(np.int32),
        decision=decision.astype(np.int32),
        classes=CLASSES,
        groupings=(grouping("race", codes),),
    )


@pytest.mark.parametrize(
    ("check", "subject", "key"),
    [
        ("multiclass_demographic_parity_difference", classified(skew=0.6), ("b", "high")),
        ("multiclass_equal_opportunity_difference", classified(skew=0.6), ("b", "high")),
        ("multiclass_equal_opportunity_difference", classified(errors=0.3), ("b",)),
        ("multiclass_predictive_parity_difference", classified(skew=0.9), ("b", "low")),
        ("multiclass_accuracy_difference", classified(errors=0.3), ("b",)),
    ],
)
def test_a_planted_gap_fails_for_its_group_and_class(check, subject, key):
    found = outcomes(f"fairness.{check}", subject, LIMIT)
    assert found[key] == Outcome.FAIL
    assert found["*", *key[1:]] == Outcome.FAIL


@pytest.mark.parametrize(
    "check",
    [
        "multiclass_demographic_parity_difference",
        "multiclass_equal_opportunity_difference",
        "multiclass_predictive_parity_difference",
        "multiclass_accuracy_difference",
    ],
)
def test_fair_classes_pass(check: str):
    found = outcomes(f"fairness.{check}", classified(), LIMIT)
    assert set(found.values()) == {Outcome.PASS}


def test_class_that_a_group_never_has_is_inconclusive_and_leaves_the_macro_mean_undefined():
    subject = classified()
    label = np.where((subject.groupings[0].codes == 1) & (subject.label == 2), 0, subject.label)
    found = measured("fairness.multiclass_recall", replace(subject, label=label.astype(np.int32)))
    assert found["b", "high"].value is None
    assert found["b", "high"].outcome is Outcome.INCONCLUSIVE
    assert found["b",].value is None
    assert found["a",].value is not None


def test_column_named_class_does_not_collide_with_the_class_of_a_slice():
    subject = classified(n=300)
    codes = subject.groupings[0].codes
    named = replace(subject, groupings=(grouping("class", codes),))
    found = measured("fairness.multiclass_selection_rate", named)
    assert len(found) == 9


def predicted(*, shift: float = 0.0, spread: float = 0.0, n: int = 4000, seed: int = 6) -> Subject:
    """Three groups; in group b, predictions are shifted, or noisier."""
    rng = np.random.default_rng(seed)
    codes = np.repeat([0, 1, 2], n)
    truth = 1000 + rng.normal(0, 10, 3 * n)
    error = rng.normal(shift * (codes == 1), 2 + spread * (codes == 1))
    return Subject(
        Task.REGRESSION,
        3 * n,
        label=truth,
        decision=truth + error,
        groupings=(grouping("race", codes),),
    )


@pytest.mark.parametrize(
    ("check", "subject", "limit"),
    [
        ("mean_error_gap", predicted(shift=3), 1.0),
        ("mean_prediction_gap", predicted(shift=3), 1.0),
        ("rmse_gap", predicted(spread=3), 1.0),
        ("r2_gap", predicted(spread=4), 0.1),
    ],
)
def test_a_planted_gap_of_numbers_fails(check: str, subject: Subject, limit: float):
    found = outcomes(f"fairness.{check}", subject, Threshold(min=-limit, max=limit))
    assert found["b",] == Outcome.FAIL
    assert found["*",] == Outcome.FAIL


@pytest.mark.parametrize(
    ("check", "limit"),
    [
        ("mean_error_gap", 1.0),
        ("mean_prediction_gap", 1.5),
        ("rmse_gap", 1.0),
        ("r2_gap", 0.1),
    ],
)
def test_fair_numbers_pass(check: str, limit: float):
    found = outcomes(f"fairness.{check}", predicted(), Threshold(min=-limit, max=limit))
    assert set(found.values()) == {Outcome.PASS}


def test_constant_truth_in_a_group_has_no_r2():
    subject = predicted()
    truth = np.where(subject.groupings[0].codes == 1, 1000.0, subject.label)
    found = measured("fairness.r2", replace(subject, label=truth))
    assert found["b",].value is None
    assert "does not vary" in found["b",].reason


def test_errors_without_any_spread_are_inconclusive_rather_than_certain():
    subject = predicted()
    found = measured("fairness.rmse", replace(subject, decision=subject.label))
    assert {each.outcome for each in found.values()} == {Outcome.INCONCLUSIVE}


def test_several_rows_a_person_widen_the_intervals_of_numbers():
    subject = predicted(n=300)
    rows = np.repeat(np.arange(subject.n), 5)
    naive = replace(
        subject,
        n=len(rows),
        label=subject.label[rows],
        decision=subject.decision[rows],
        groupings=(grouping("race", subject.groupings[0].codes[rows]),),
    )
    known = replace(naive, person=rows.astype(np.int32))
    for check in ("mean_error", "rmse", "r2", "mean_error_gap", "rmse_gap", "r2_gap"):
        before, after = (measured(f"fairness.{check}", each)["b",] for each in (naive, known))
        assert after.value == pytest.approx(before.value)
        width = before.interval.high - before.interval.low
        assert after.interval.high - after.interval.low == pytest.approx(5**0.5 * width, rel=0.15)

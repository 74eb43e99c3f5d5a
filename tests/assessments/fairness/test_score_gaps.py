"""Gaps of ranking and calibration: planted ones are found, fair scores pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Outcome
from tests.assessments.fairness.support import binary, grouping, measured, outcomes, with_reference

LIMIT = Threshold(min=-0.05, max=0.05)


def scored(n: int = 3000, *, lift: float = 0.0, noise: float = 0.0, seed: int = 5):
    """Three groups with true probabilities as scores; in group b labels come more often by `lift`,
    or scores are blurred by `noise`."""
    rng = np.random.default_rng(seed)
    codes = np.repeat([0, 1, 2], n)
    chance = rng.uniform(0.1, 0.8, 3 * n)
    label = rng.random(3 * n) < chance + lift * (codes == 1)
    blurred = (codes == 1) & (rng.random(3 * n) < noise)
    score = np.where(blurred, rng.uniform(0.1, 0.8, 3 * n), chance)
    return binary(grouping("race", codes), label=label, score=score)


@pytest.mark.parametrize(
    ("check", "subject"),
    [
        ("calibration_gap", scored(lift=0.18)),
        ("auc_gap", scored(noise=0.9)),
        ("brier_score_gap", scored(noise=0.95)),
    ],
)
def test_a_planted_gap_fails_for_its_group_and_for_all_groups(check: str, subject):
    found = outcomes(f"fairness.{check}", subject, LIMIT)
    assert found["b",] == Outcome.FAIL
    assert found["*",] == Outcome.FAIL


@pytest.mark.parametrize("check", ["calibration_gap", "auc_gap", "brier_score_gap"])
def test_fair_scores_pass(check: str):
    assert set(outcomes(f"fairness.{check}", scored(8000), LIMIT).values()) == {Outcome.PASS}


@pytest.mark.parametrize("check", ["calibration_gap", "auc_gap", "brier_score_gap"])
def test_small_fair_groups_seldom_fail(check: str):
    # Uncorrected, the calibration error of a small group is far above that of a large one.
    rng, failed = np.random.default_rng(8), 0
    for _ in range(60):
        codes = np.repeat([0, 1, 2], [2000, 60, 200])
        chance = rng.uniform(0.1, 0.9, len(codes))
        subject = binary(
            grouping("race", codes), label=rng.random(len(codes)) < chance, score=chance
        )
        failed += Outcome.FAIL in outcomes(f"fairness.{check}", subject, LIMIT).values()
    assert failed <= 5


def test_detail_says_in_which_direction_probabilities_are_wrong():
    found = measured("fairness.calibration_gap", scored(lift=0.18))
    assert found["b",].detail["label_minus_score"] == pytest.approx(0.18, abs=0.03)
    assert found["b",].detail["uncorrected"] >= found["b",].detail["value"]


@pytest.mark.parametrize("edges", ["quantile", "width"])
def test_number_and_kind_of_bins_are_parameters(edges: str):
    found = measured("fairness.calibration_error", scored(lift=0.18), bins=4, edges=edges)
    assert found["b",].value == pytest.approx(0.18, abs=0.03)


@pytest.mark.parametrize("bins", [1, 101])
def test_a_senseless_number_of_bins_is_refused(bins: int):
    with pytest.raises(ValueError, match="bins between 2 and 100"):
        measured("fairness.calibration_error", scored(100), bins=bins)


@pytest.mark.parametrize("comparison", ["best", "worst", "overall", "rest", "reference"])
def test_every_comparison_gives_its_own_difference_inside_its_interval(comparison: str):
    subject = with_reference(scored(noise=0.9), 2)
    each = {key: m.value for key, m in measured("fairness.auc", subject).items()}
    found = measured("fairness.auc_gap", subject, comparison=comparison)["b",]
    others = {"best": max(each.values()), "worst": min(each.values()), "reference": each["c",]}
    other = others.get(comparison, found.detail["reference_value"])
    assert found.value == pytest.approx(each["b",] - other, abs=1e-12)
    assert found.interval.low <= found.value <= found.interval.high


def test_group_of_one_label_only_has_no_auc_and_says_why():
    subject = scored()
    label = np.where(subject.groupings[0].codes == 1, 1, subject.label)
    found = measured("fairness.auc_gap", replace(subject, label=label.astype(np.int8)))
    assert found["b",].value is None
    assert found["b",].outcome is Outcome.INCONCLUSIVE
    assert "needs rows with the favourable and with the unfavourable label" in found["b",].reason
    assert found["a",].value is not None


def test_a_perfect_auc_of_a_few_rows_is_not_certain():
    codes = np.repeat([0, 1], [200, 8])
    rng = np.random.default_rng(0)
    label = np.concatenate([rng.integers(0, 2, 200), [0, 0, 0, 0, 1, 1, 1, 1]])
    score = np.concatenate([rng.random(200), np.linspace(0, 1, 8)])
    found = measured("fairness.auc", binary(grouping("race", codes), label=label, score=score))
    assert found["b",].value == 1.0
    assert found["b",].interval.low < 0.6


def test_several_rows_a_person_widen_the_intervals():
    subject = scored(600)
    repeated = np.repeat(np.arange(subject.n), 5)
    copies = binary(
        grouping("race", subject.groupings[0].codes[repeated]),
        label=subject.label[repeated],
        score=subject.score[repeated],
    )
    persons = replace(copies, person=repeated.astype(np.int32))
    for check in ("auc_gap", "brier_score_gap", "calibration_gap", "auc", "calibration_error"):
        rows, known = (measured(f"fairness.{check}", each)["b",] for each in (copies, persons))
        assert known.value == pytest.approx(rows.value, abs=0.03)
        assert known.interval.high - known.interval.low > 1.2 * (
            rows.interval.high - rows.interval.low
        )

"""Gaps of rates: planted ones are found, fair services pass, and every comparison means what it says."""

from __future__ import annotations

import numpy as np
import pytest

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Outcome
from tests.assessments.fairness.support import (
    binary,
    grouping,
    measured,
    of_counts,
    outcomes,
    with_reference,
)

FOUR_FIFTHS = Threshold(min=0.8)
TENTH = Threshold(min=-0.1, max=0.1)
THREE = {"white": (1527, 1681), "black": (133, 197), "hispanic": (85, 111)}


def labelled(tpr: dict[str, float], fpr: dict[str, float], n: int = 2000, seed: int = 7):
    """Groups of n rows, half of them favourable, with these true rates."""
    rng = np.random.default_rng(seed)
    codes, label, decision = [], [], []
    for at, name in enumerate(tpr):
        y = np.repeat([1, 0], n // 2)
        codes.append(np.full(n, at))
        label.append(y)
        decision.append(rng.random(n) < np.where(y == 1, tpr[name], fpr[name]))
    return binary(
        grouping("race", np.concatenate(codes), list(tpr)),
        label=np.concatenate(label),
        decision=np.concatenate(decision),
    )


FAIR = {"a": 0.7, "b": 0.7, "c": 0.7}
PLANTED = {"a": 0.7, "b": 0.45, "c": 0.7}
LOW = {"a": 0.2, "b": 0.2, "c": 0.2}


@pytest.mark.parametrize(
    ("check", "threshold", "subject"),
    [
        ("selection_rate_ratio", FOUR_FIFTHS, labelled(PLANTED, PLANTED)),
        ("demographic_parity_difference", TENTH, labelled(PLANTED, PLANTED)),
        ("equal_opportunity_difference", TENTH, labelled(PLANTED, LOW)),
        ("equal_opportunity_ratio", FOUR_FIFTHS, labelled(PLANTED, LOW)),
        ("equalized_odds_difference", Threshold(max=0.1), labelled(PLANTED, LOW)),
        ("equalized_odds_ratio", FOUR_FIFTHS, labelled(PLANTED, LOW)),
        ("equalized_odds_ratio", FOUR_FIFTHS, labelled(FAIR, {**LOW, "b": 0.5})),
        ("equalized_odds_difference", Threshold(max=0.1), labelled(FAIR, {**LOW, "b": 0.5})),
        ("predictive_parity_difference", TENTH, labelled(FAIR, {**LOW, "b": 0.6})),
        ("predictive_parity_ratio", Threshold(min=0.85), labelled(FAIR, {**LOW, "b": 0.6})),
        ("accuracy_difference", TENTH, labelled(FAIR, {**LOW, "b": 0.6})),
        ("balanced_accuracy_difference", TENTH, labelled(FAIR, {**LOW, "b": 0.6})),
    ],
)
def test_a_planted_gap_fails_for_its_group_and_for_all_groups(check, threshold, subject):
    found = outcomes(f"fairness.{check}", subject, threshold)
    assert found["b",] == Outcome.FAIL
    assert found["*",] == Outcome.FAIL


@pytest.mark.parametrize(
    ("check", "threshold"),
    [
        ("selection_rate_ratio", FOUR_FIFTHS),
        ("demographic_parity_difference", TENTH),
        ("equal_opportunity_difference", TENTH),
        ("equal_opportunity_ratio", FOUR_FIFTHS),
        ("equalized_odds_difference", Threshold(max=0.1)),
        ("equalized_odds_ratio", Threshold(min=0.7)),
        ("predictive_parity_difference", TENTH),
        ("predictive_parity_ratio", FOUR_FIFTHS),
        ("accuracy_difference", TENTH),
        ("balanced_accuracy_difference", TENTH),
    ],
)
def test_a_fair_service_passes(check, threshold):
    found = outcomes(f"fairness.{check}", labelled(FAIR, LOW, n=4000), threshold)
    assert set(found.values()) == {Outcome.PASS}


def test_many_small_equal_groups_do_not_fail_the_four_fifths_rule():
    # On point values 97 % of such audits fail (20 groups of 500, all at 20 %).
    rng = np.random.default_rng(3)
    failed = 0
    for _ in range(40):
        cells = {f"g{at}": (int(rng.binomial(500, 0.2)), 500) for at in range(20)}
        found = outcomes("fairness.selection_rate_ratio", of_counts(cells), FOUR_FIFTHS)
        failed += Outcome.FAIL in found.values()
    assert failed <= 4


def test_selection_rates_are_compared_with_the_best_group_by_default():
    black = measured("fairness.selection_rate_ratio", of_counts(THREE))["black",]
    assert black.reference == {"race": "white"}
    assert black.value == pytest.approx((133 / 197) / (1527 / 1681))
    assert black.statement == (
        "Group race = black has a selection rate of 67.5 % (133 of 197), 0.743 times that of race ="
        " white (90.8 %, 1,527 of 1,681), the group with the highest selection rate."
    )


def test_differences_are_compared_with_all_other_rows_by_default():
    black = measured("fairness.demographic_parity_difference", of_counts(THREE))["black",]
    assert black.reference == "rest"
    assert black.value == pytest.approx(133 / 197 - 1612 / 1792)
    assert black.detail["reference_trials"] == 1792


def test_the_named_reference_group_is_the_default_and_has_no_measurement_of_its_own():
    subject = with_reference(of_counts(THREE), 2)
    found = measured("fairness.demographic_parity_difference", subject)
    assert found["black",].reference == {"race": "hispanic"}
    assert found["black",].value == pytest.approx(133 / 197 - 85 / 111)
    assert ("hispanic",) not in found


@pytest.mark.parametrize(
    ("comparison", "ratio", "difference"),
    [
        ("best", 0.675127 / 0.908388, 0.675127 - 0.908388),
        ("worst", 1.0, 0.0),
        ("overall", 0.675127 / (1745 / 1989), 0.675127 - 1745 / 1989),
        ("rest", 0.675127 / (1612 / 1792), 0.675127 - 1612 / 1792),
        ("reference", 0.675127 / (85 / 111), 0.675127 - 85 / 111),
    ],
)
def test_every_comparison_gives_its_own_value_inside_its_interval(comparison, ratio, difference):
    subject = with_reference(of_counts(THREE), 2)
    for check, expected in (
        ("selection_rate_ratio", ratio),
        ("demographic_parity_difference", difference),
    ):
        black = measured(f"fairness.{check}", subject, comparison=comparison)["black",]
        assert black.value == pytest.approx(expected, abs=1e-5)
        assert black.interval.low <= black.value <= black.interval.high


def test_worst_comparison_is_the_mirror_of_best():
    flipped = {name: (n - k, n) for name, (k, n) in THREE.items()}
    check = "fairness.demographic_parity_difference"
    worst = measured(check, of_counts(THREE), comparison="worst")["white",]
    best = measured(check, of_counts(flipped), comparison="best")["white",]
    assert worst.value == pytest.approx(-best.value)
    assert worst.interval.high == pytest.approx(-best.interval.low)


def test_ratio_to_the_worst_group_is_at_least_one_and_covers_the_pairwise_ratio():
    found = measured("fairness.selection_rate_ratio", of_counts(THREE), comparison="worst")
    assert found["white",].value == pytest.approx(0.908388 / 0.675127, rel=1e-5)
    assert found["black",].interval.low == found["black",].interval.high == 1.0


def test_comparison_with_a_reference_that_nobody_named_says_so():
    found = measured("fairness.selection_rate_ratio", of_counts(THREE), comparison="reference")
    assert found["black",].outcome is Outcome.INCONCLUSIVE
    assert found["black",].reason == "the manifest names no reference group for race"


def test_group_without_favourable_labels_is_inconclusive_for_equal_opportunity():
    subject = labelled(FAIR, LOW)
    label = subject.label.copy()
    label[subject.groupings[0].codes == 1] = 0
    found = measured(
        "fairness.equal_opportunity_difference",
        binary(subject.groupings, label=label, decision=subject.decision),
    )
    assert found["b",].value is None
    assert found["b",].outcome is Outcome.INCONCLUSIVE
    assert "no rows with the favourable label" in found["b",].reason
    assert found["a",].value is not None


def test_nobody_selected_at_all_gives_no_ratio_but_a_reason():
    found = measured("fairness.selection_rate_ratio", of_counts({"x": (0, 50), "y": (0, 60)}))
    assert {each.outcome for each in found.values()} == {Outcome.INCONCLUSIVE}
    assert all(each.value is None and "is 0" in each.reason for each in found.values())


def test_a_single_group_cannot_be_compared():
    found = measured("fairness.demographic_parity_difference", of_counts({"x": (5, 50)}))
    assert {each.outcome for each in found.values()} == {Outcome.INCONCLUSIVE}


def test_a_group_of_size_one_is_measured_with_an_interval_that_knows_it():
    found = measured(
        "fairness.demographic_parity_difference", of_counts({"x": (500, 1000), "y": (0, 1)})
    )
    assert found["y",].value == pytest.approx(-0.5)
    assert found["y",].interval.high > 0.4


def test_all_groups_carry_the_corrected_gap_with_the_null_gap_beside_it():
    rng = np.random.default_rng(0)
    cells = {f"g{at}": (int(rng.binomial(200, 0.2)), 200) for at in range(30)}
    every = measured("fairness.demographic_parity_difference", of_counts(cells))["*",]
    assert every.null_gap == pytest.approx(every.detail["uncorrected"], abs=0.06)
    assert every.value < every.detail["uncorrected"] / 2
    assert every.seed == 0
    assert "With equal rates" in every.statement


def test_intervals_are_wider_when_a_check_looks_at_more_slices():
    one = of_counts(THREE)
    second = grouping("sex", np.arange(one.n) % 2)
    both = binary([*one.groupings, second], decision=one.decision)
    check = "fairness.demographic_parity_difference"
    alone, among = measured(check, one)["black",], measured(check, both)["black",]
    assert among.value == alone.value
    assert among.interval.low < alone.interval.low


def test_equalized_odds_reports_the_worse_rate_and_covers_both():
    subject = labelled({"a": 0.7, "b": 0.6}, {"a": 0.2, "b": 0.4})
    worst = measured("fairness.equalized_odds_difference", subject)["b",]
    assert worst.value == pytest.approx(
        max(abs(worst.detail["tpr_difference"]), abs(worst.detail["fpr_difference"]))
    )
    assert worst.interval.high >= abs(worst.detail["tpr_interval"][0])
    assert "its true-positive rate is" in worst.statement


def test_equalized_odds_ratio_takes_twice_and_half_as_equally_far_from_parity():
    double = labelled({"a": 0.7, "b": 0.7}, {"a": 0.2, "b": 0.4}, n=20_000)
    found = measured("fairness.equalized_odds_ratio", double)
    assert found["a",].value == pytest.approx(0.5, abs=0.03)
    assert found["b",].value == pytest.approx(0.5, abs=0.03)
    assert found["b",].detail["fpr_ratio"] == pytest.approx(2.0, abs=0.1)
    assert found["b",].detail["tpr_ratio"] == pytest.approx(1.0, abs=0.03)


def test_equalized_odds_with_one_rate_unknown_cannot_pass():
    subject = labelled(FAIR, LOW, n=4000)
    keep = (subject.groupings[0].codes != 1) | (subject.label == 0)
    part = binary(
        grouping("race", subject.groupings[0].codes[keep]),
        label=subject.label[keep],
        decision=subject.decision[keep],
    )
    found = outcomes("fairness.equalized_odds_difference", part, Threshold(max=0.1))
    assert found["b",] == Outcome.INCONCLUSIVE
    unknown = measured("fairness.equalized_odds_difference", part)["b",]
    assert unknown.interval.high == 1.0
    assert "its true-positive rate cannot be compared" in unknown.statement


def test_the_same_seed_gives_the_same_measurements():
    first = measured("fairness.selection_rate_ratio", of_counts(THREE), seed=4)
    assert first == measured("fairness.selection_rate_ratio", of_counts(THREE), seed=4)

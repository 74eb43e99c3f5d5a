"""Rates per group: values, counts, sentences, and groups that have no rate."""

from __future__ import annotations

import numpy as np
import pytest

from shield.evidence.outcome import Outcome
from shield.evidence.statistics.proportions import rate_interval
from tests.assessments.fairness.support import binary, grouping, measured, of_counts

RATES = [
    "true_positive_rate",
    "false_positive_rate",
    "true_negative_rate",
    "false_negative_rate",
    "positive_predictive_value",
    "negative_predictive_value",
    "accuracy",
]


def hand_made():
    """Group a: TP 3, FN 1, FP 2, TN 4; group b: TP 1, FN 1, FP 0, TN 2."""
    cells = [(0, 1, 1, 3), (0, 1, 0, 1), (0, 0, 1, 2), (0, 0, 0, 4)]
    cells += [(1, 1, 1, 1), (1, 1, 0, 1), (1, 0, 0, 2)]
    rows = np.array([(g, y, d) for g, y, d, times in cells for _ in range(times)])
    return binary(grouping("sex", rows[:, 0]), label=rows[:, 1], decision=rows[:, 2])


@pytest.mark.parametrize(
    ("name", "a", "b"),
    [
        ("selection_rate", 5 / 10, 1 / 4),
        ("true_positive_rate", 3 / 4, 1 / 2),
        ("false_positive_rate", 2 / 6, 0.0),
        ("true_negative_rate", 4 / 6, 1.0),
        ("false_negative_rate", 1 / 4, 1 / 2),
        ("positive_predictive_value", 3 / 5, 1.0),
        ("negative_predictive_value", 4 / 5, 2 / 3),
        ("accuracy", 7 / 10, 3 / 4),
        ("balanced_accuracy", (3 / 4 + 4 / 6) / 2, 3 / 4),
    ],
)
def test_values_are_those_counted_by_hand(name: str, a: float, b: float):
    found = measured(f"fairness.{name}", hand_made())
    assert found["a",].value == pytest.approx(a)
    assert found["b",].value == pytest.approx(b)


def test_n_is_the_denominator_that_was_used():
    found = measured("fairness.true_positive_rate", hand_made())
    assert (found["a",].n, found["b",].n) == (4, 2)


def test_interval_is_the_products_rate_interval_at_the_family_wise_level():
    found = measured("fairness.selection_rate", of_counts({"x": (40, 100), "y": (9, 30)}))
    low, high = rate_interval(40, 100, 0.95 ** (1 / 2))
    assert found["x",].interval.low == pytest.approx(float(low))
    assert found["x",].interval.high == pytest.approx(float(high))
    assert found["x",].simultaneous


def test_sentence_names_the_group_and_the_counts():
    found = measured("fairness.selection_rate", of_counts({"white": (1527, 1681), "x": (1, 2)}))
    assert found["white",].statement == (
        "Group race = white has a selection rate of 90.8 %: 1,527 of 1,681 rows were selected."
    )


@pytest.mark.parametrize("name", RATES)
def test_group_without_trials_is_inconclusive_with_a_reason_and_never_zero(name: str):
    # Group b has one row only: some denominators are empty, whichever label and decision it has.
    for label in (0, 1):
        for decision in (0, 1):
            subject = binary(
                grouping("sex", np.array([0, 0, 0, 0, 1])),
                label=np.array([0, 0, 1, 1, label]),
                decision=np.array([0, 1, 0, 1, decision]),
            )
            alone = measured(f"fairness.{name}", subject)["b",]
            if alone.n == 0:
                assert alone.value is None
                assert alone.outcome is Outcome.INCONCLUSIVE
                assert "the group has no" in alone.reason
            else:
                assert alone.value in (0.0, 1.0)
                assert alone.interval.high - alone.interval.low > 0.5


def test_group_frozen_at_registration_but_absent_now_is_inconclusive():
    subject = of_counts({"white": (50, 100), "black": (40, 90), "asian": (0, 0)})
    assert measured("fairness.selection_rate", subject)["asian",].value is None


def test_an_intersection_is_a_group_like_any_other():
    codes = np.repeat([0, 1], 50)
    subject = of_counts({"x": (20, 50), "y": (30, 50)})
    pair = grouping("race", codes)
    crossed = type(pair)(
        ("race", "sex"),
        pair.codes,
        tuple(
            type(pair.groups[0])({"race": race, "sex": "female"}, 50) for race in ("black", "white")
        ),
    )
    found = measured("fairness.selection_rate", binary([crossed], decision=subject.decision))
    assert found["black", "female"].statement.startswith(
        "Group race = black and sex = female has a selection rate of 40.0 %"
    )

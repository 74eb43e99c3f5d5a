"""A number becomes a verdict, and an undecided one says how many rows would decide."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from shield.evidence.judgement import judge, sample_size_to_decide
from shield.evidence.measurement import Interval, Measurement, Threshold, unmeasured
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.statistics.comparisons import (
    Comparison,
    rate_difference_to_rest,
    rate_ratio_to_best,
)

FOUR_FIFTHS = Threshold(min=0.8)
TEN_POINTS = Threshold(min=-0.1, max=0.1)


def measured(value: float, low: float, high: float, *, n: int = 100, unit: str = "ratio"):
    return Measurement("a.b", value, Interval(low, high), n=n, unit=unit, statement="Stated.")


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (0.85, 0.95, Outcome.PASS),
        (0.80, 0.95, Outcome.PASS),
        (0.60, 0.79, Outcome.FAIL),
        (0.60, 0.80, Outcome.INCONCLUSIVE),
        (0.60, 0.95, Outcome.INCONCLUSIVE),
    ],
)
def test_the_whole_interval_decides(low, high, outcome) -> None:
    assert judge(measured(0.7, low, high), FOUR_FIFTHS, Severity.HIGH).outcome is outcome


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (-0.09, 0.09, Outcome.PASS),
        (-0.30, -0.15, Outcome.FAIL),
        (0.15, 0.30, Outcome.FAIL),
        (-0.30, 0.30, Outcome.INCONCLUSIVE),
        (-0.30, 0.05, Outcome.INCONCLUSIVE),
    ],
)
def test_two_limits_are_judged_on_both_sides(low, high, outcome) -> None:
    middle = (low + high) / 2
    assert judge(measured(middle, low, high), TEN_POINTS, Severity.HIGH).outcome is outcome


def test_without_a_threshold_a_number_only_describes() -> None:
    described = judge(measured(0.7, 0.6, 0.8), None, None)
    assert described.outcome is None
    assert described.sentence == "Stated."


def test_what_was_not_measured_keeps_its_outcome_and_says_why() -> None:
    blank = unmeasured("a.b", "no labels", outcome=Outcome.SKIPPED, statement="Stated.")
    judged = judge(blank, FOUR_FIFTHS, Severity.HIGH)
    assert judged.outcome is Outcome.SKIPPED
    assert judged.sentence == "Stated. Not measured: no labels."


def test_a_value_without_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="without interval"):
        judge(Measurement("a.b", 0.7), FOUR_FIFTHS, Severity.HIGH)


def test_only_an_undecided_measurement_says_how_many_rows_would_decide() -> None:
    undecided = judge(measured(0.7, 0.6, 0.85), FOUR_FIFTHS, Severity.HIGH)
    assert undecided.n_to_decide is not None
    assert f"n = {undecided.n_to_decide:,}" in undecided.sentence
    assert judge(measured(0.7, 0.6, 0.75), FOUR_FIFTHS, Severity.HIGH).n_to_decide is None


def test_twice_the_distance_needs_a_quarter_of_the_rows() -> None:
    near = sample_size_to_decide(measured(0.85, 0.70, 1.1), FOUR_FIFTHS)
    far = sample_size_to_decide(measured(0.90, 0.75, 1.15), FOUR_FIFTHS)
    assert near == pytest.approx(900, abs=1)
    assert far == pytest.approx(225, abs=1)


def test_the_further_of_two_limits_spanned_needs_the_most_rows() -> None:
    assert sample_size_to_decide(measured(0.02, -0.20, 0.24, unit="difference"), TEN_POINTS) == (
        math.ceil(100 * (0.22 / 0.08) ** 2)
    )


def test_the_edge_of_the_possible_values_does_not_hide_the_uncertainty() -> None:
    """[0.3, 1] is cut at 1: judged by its cut side alone, two rows in three would seem enough."""
    cut = sample_size_to_decide(measured(0.6, 0.3, 1.0), FOUR_FIFTHS)
    assert cut == math.ceil(100 * (math.log(2) / math.log(4 / 3)) ** 2)


@pytest.mark.parametrize(
    "unanswerable",
    [
        measured(0.8, 0.7, 0.9),  # on the limit
        measured(0.8000001, 0.7, 0.9),  # as good as on it
        measured(0.9, -math.inf, 1.0),
        measured(0.85, 0.70, 1.1, n=0),
        replace(measured(0.85, 0.70, 1.1), interval=None),
    ],
)
def test_where_no_sample_decides_no_number_is_given(unanswerable) -> None:
    assert sample_size_to_decide(unanswerable, FOUR_FIFTHS) is None


def test_deciding_always_takes_more_rows_than_there_are() -> None:
    on_the_edge = measured(0.7, 0.6, 0.8, n=100)
    assert (sample_size_to_decide(on_the_edge, FOUR_FIFTHS) or 0) > 100


@pytest.mark.parametrize(
    ("compare", "threshold", "unit"),
    [
        (rate_ratio_to_best, FOUR_FIFTHS, "ratio"),
        (rate_difference_to_rest, TEN_POINTS, "difference of rates"),
    ],
)
@pytest.mark.parametrize("shift", [0.75, 0.93])
def test_that_many_rows_do_decide_when_all_groups_grow_in_proportion(
    compare, threshold, unit, shift
) -> None:
    """The formula against counts scaled up until the real intervals decide: within a factor 1.6."""
    n = np.array([150.0, 260.0, 400.0])
    k = n * np.array([0.6 * shift, 0.6, 0.58])

    def at(scale: float) -> Measurement:
        compared: Comparison = compare(k * scale, n * scale)
        low, high = float(compared.low[0]), float(compared.high[0])
        size = round(n[0] * scale)
        return Measurement("a.b", float(compared.value[0]), Interval(low, high), n=size, unit=unit)

    promised = judge(at(1), threshold, Severity.HIGH).n_to_decide
    assert promised is not None
    scale = promised / n[0]
    assert judge(at(1.6 * scale), threshold, Severity.HIGH).outcome is not Outcome.INCONCLUSIVE
    assert judge(at(scale / 1.6), threshold, Severity.HIGH).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("threshold", "outcome"), [(FOUR_FIFTHS, Outcome.INCONCLUSIVE), (None, Outcome.SKIPPED)]
)
def test_a_group_without_a_value_leaves_a_question_open_only_where_there_is_a_limit(
    threshold, outcome
) -> None:
    nothing = unmeasured("a.b", "no rows with this label", outcome=Outcome.INCONCLUSIVE)
    assert judge(nothing, threshold, Severity.HIGH).outcome is outcome

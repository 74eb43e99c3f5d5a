"""Intervals, thresholds and measurements refuse what they cannot mean."""

from __future__ import annotations

import math

import pytest

from shield.evidence.measurement import Interval, Threshold, unmeasured
from shield.evidence.outcome import Outcome


@pytest.mark.parametrize("ends", [(math.nan, 1.0), (0.0, math.nan)])
def test_an_interval_end_is_never_nan(ends) -> None:
    with pytest.raises(ValueError, match="unmeasured"):
        Interval(*ends)


def test_an_interval_has_its_lower_end_first() -> None:
    with pytest.raises(ValueError, match="reversed"):
        Interval(0.2, 0.1)


def test_an_interval_may_be_open_or_a_point() -> None:
    assert Interval(-math.inf, math.inf).high == math.inf
    assert Interval(0.5, 0.5).low == 0.5


def test_a_threshold_needs_a_limit() -> None:
    with pytest.raises(ValueError, match="min, max or both"):
        Threshold()


def test_a_threshold_has_its_minimum_below_its_maximum() -> None:
    with pytest.raises(ValueError, match="above max"):
        Threshold(min=0.2, max=0.1)


def test_the_limit_itself_is_good() -> None:
    limits = Threshold(min=-0.1, max=0.1)
    assert limits.contains(-0.1) and limits.contains(0.1)
    assert not limits.contains(0.1000001)


@pytest.mark.parametrize(
    ("low", "high", "excluded"),
    [(0.2, 0.3, True), (-0.3, -0.2, True), (0.1, 0.3, False), (-0.3, 0.3, False), (0, 0.05, False)],
)
def test_only_an_interval_wholly_beyond_one_limit_is_excluded(low, high, excluded) -> None:
    assert Threshold(min=-0.1, max=0.1).excludes(Interval(low, high)) is excluded


def test_a_threshold_is_written_with_the_limits_it_has() -> None:
    assert Threshold(min=0.8).as_json() == {"min": 0.8}
    assert Threshold(min=-0.1, max=0.1).as_json() == {"min": -0.1, "max": 0.1}


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.FAIL])
def test_what_was_not_measured_can_neither_pass_nor_fail(outcome) -> None:
    with pytest.raises(ValueError, match="neither pass nor fail"):
        unmeasured("fairness.auc", "one class only", outcome=outcome)


def test_what_was_not_measured_keeps_its_reason_and_what_is_known() -> None:
    blank = unmeasured("fairness.auc", "one class only", outcome=Outcome.SKIPPED, n=12)
    assert (blank.value, blank.reason, blank.n) == (None, "one class only", 12)

"""When an accepted value counts as materially worse: the definition, its false alarms and its power."""

from __future__ import annotations

import math

import numpy as np
import pytest

from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Severity
from shield.evidence.worsening import Accepted, is_graver, is_materially_worse

Z = 1.959963984540054


def measured(value: float | None, half: float = 0.05, **limits: float) -> Measurement:
    interval = None if value is None else Interval(value - half, value + half)
    return Measurement("c.c", value, interval, threshold=Threshold(**(limits or {"min": 0.8})))


def accepted(value: float, half: float = 0.05) -> Accepted:
    return Accepted(value, Interval(value - half, value + half), Severity.HIGH)


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [(0.60, 0.60, False), (0.60, 0.70, False), (0.60, 0.54, False), (0.60, 0.52, True),
     (0.60, 0.20, True), (0.60, 0.85, False)],
)  # fmt: skip
def test_below_a_lower_limit_only_further_down_is_worse(before, now, worse):
    # Equal half-widths h: worse when the difference exceeds h·√2 = 0.0707.
    assert is_materially_worse(accepted(before), measured(now)) is worse


@pytest.mark.parametrize(
    ("now", "worse"), [(0.30, False), (0.36, False), (0.38, True), (0.2, False)]
)
def test_above_an_upper_limit_only_further_up_is_worse(now, worse):
    assert is_materially_worse(accepted(0.30), measured(now, max=0.1)) is worse


def test_what_is_worse_lies_outside_the_accepted_interval_whatever_the_widths():
    random = np.random.default_rng(3)
    for _ in range(2000):
        before, now = random.uniform(0.1, 0.7, 2)
        a, b = random.uniform(0.001, 0.3, 2)
        if is_materially_worse(accepted(before, a), measured(now, b)):
            assert now < before - a


def test_a_failure_on_the_other_side_of_a_two_sided_limit_is_another_failure():
    assert is_materially_worse(accepted(-0.3), measured(0.15, min=-0.1, max=0.1))
    assert is_materially_worse(accepted(0.3), measured(-0.15, min=-0.1, max=0.1))


@pytest.mark.parametrize("now", [measured(None), measured(0.81), measured(0.99)])
def test_what_is_unmeasured_or_good_is_not_worse(now):
    assert not is_materially_worse(accepted(0.6), now)


def test_without_an_end_on_the_bad_side_nothing_is_worse_than_what_was_accepted():
    open_end = Accepted(5.0, Interval(3.0, math.inf), Severity.HIGH)
    assert not is_materially_worse(open_end, measured(90.0, max=2.0))
    assert not is_materially_worse(Accepted(5.0, None, Severity.HIGH), measured(90.0, max=2.0))


@pytest.mark.parametrize(
    ("severity", "graver"), [("critical", True), ("high", False), ("low", False)]
)
def test_graver_is_by_rank(severity, graver):
    assert is_graver(accepted(0.5), Severity(severity)) is graver


def _simulated(truth: tuple[float, float], n: int, *, rounds: int = 4000) -> tuple[float, float]:
    """How often "worse" is said of rates measured twice, and how often the naive rule would say it."""
    random = np.random.default_rng(11)
    said = naive = 0
    first, second = (random.binomial(n, rate, rounds) / n for rate in truth)
    for before, now in zip(first, second, strict=True):
        a, b = (Z * math.sqrt(rate * (1 - rate) / n) for rate in (before, now))
        said += is_materially_worse(accepted(before, a), measured(now, b, min=0.99))
        naive += now < before - a
    return said / rounds, naive / rounds


@pytest.mark.parametrize("n", [100, 400, 2000])
@pytest.mark.parametrize("rate", [0.3, 0.6])
def test_two_measurements_of_one_truth_are_called_worse_in_about_one_of_forty(n, rate):
    said, naive = _simulated((rate, rate), n)
    assert 0.015 < said < 0.035  # nominal 0.025; 4,000 rounds: standard error 0.0025
    assert 0.06 < naive < 0.11  # "outside the accepted interval" alone: P(Z < -1.96/√2) = 0.083


def test_power_is_that_of_a_test_of_two_proportions():
    # 0.6 → 0.5 with n = 400 each: z = 0.1 / √(0.6·0.4/400 + 0.5·0.5/400) = 2.857; power Φ(0.897) = 0.815.
    said, _naive = _simulated((0.6, 0.5), 400)
    assert said == pytest.approx(0.815, abs=0.03)
    # 0.6 → 0.3 with n = 100 each: z = 4.472; power 0.994.
    assert _simulated((0.6, 0.3), 100)[0] > 0.98


def test_six_monthly_runs_of_one_truth_end_an_acceptance_in_about_one_of_nine():
    """Over the 180 days of an acceptance; the runs share the accepted measurement."""
    random = np.random.default_rng(5)
    n, rate, rounds, ended = 400, 0.6, 1500, 0
    for _ in range(rounds):
        rates = random.binomial(n, rate, 7) / n
        half = [Z * math.sqrt(each * (1 - each) / n) for each in rates]
        ended += any(
            is_materially_worse(accepted(rates[0], half[0]), measured(now, h, min=0.99))
            for now, h in zip(rates[1:], half[1:], strict=True)
        )
    assert 0.07 < ended / rounds < 0.13  # measured 0.110; six independent tests would give 0.141

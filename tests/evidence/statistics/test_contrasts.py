"""Limits for two rates: their error by exact enumeration, and their edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import binom

from shield.evidence.statistics.contrasts import DIFFERENCE, RATIO, Contrast, limits, limits_of

SIZES = [(10, 10), (30, 30), (30, 400), (5, 100)]
RATES = (0.01, 0.1, 0.3, 0.5, 0.9, 0.99)


def worst_error(contrast: Contrast, tail: float) -> float:
    """The largest P(truth beyond a one-sided limit) ÷ nominal tail, over sizes and pairs of rates."""
    z = float(-ndtri(tail))
    worst = 0.0
    for n1, n2 in SIZES:
        k1, k2 = np.arange(n1 + 1), np.arange(n2 + 1)
        first = limits(k1, np.full(n1 + 1, n1), z).along(1)
        second = limits(k2, np.full(n2 + 1, n2), z).along(0)
        low, high = contrast.low(first, second), contrast.high(first, second)  # (n1 + 1, n2 + 1)
        for p1 in RATES:
            for p2 in RATES:
                truth = float(contrast.value(np.array(p1), np.array(p2)))
                weight = binom.pmf(k1, n1, p1)[:, None] * binom.pmf(k2, n2, p2)
                below = weight[high < truth - 1e-12].sum()
                above = weight[low > truth + 1e-12].sum()
                worst = max(worst, below / tail, above / tail)
    return worst


@pytest.mark.parametrize("contrast", [DIFFERENCE, RATIO], ids=["difference", "ratio"])
@pytest.mark.parametrize("tail", [0.025, 1e-3, 1e-5])
def test_the_true_value_lies_beyond_a_limit_at_most_as_often_as_promised(contrast, tail) -> None:
    assert 0.3 < worst_error(contrast, tail) <= 1.0


@pytest.mark.parametrize("contrast", [DIFFERENCE, RATIO], ids=["difference", "ratio"])
def test_swapping_the_groups_mirrors_the_limits(contrast) -> None:
    first, second = limits([3], [40], 2.5), limits([20], [90], 2.5)
    low, high = contrast.low(first, second), contrast.high(first, second)
    back_low, back_high = contrast.low(second, first), contrast.high(second, first)
    mirror = np.negative if contrast is DIFFERENCE else np.reciprocal
    assert low == pytest.approx(mirror(back_high))
    assert high == pytest.approx(mirror(back_low))


def test_beside_a_huge_group_a_difference_has_the_small_groups_own_limits() -> None:
    small, huge = limits([3], [30], 1.96), limits([5e8], [1e9], 1.96)
    low, high = DIFFERENCE.low(small, huge), DIFFERENCE.high(small, huge)
    assert low + 0.5 == pytest.approx(small.low[0], abs=2e-4)
    assert high + 0.5 == pytest.approx(small.high[0], abs=2e-4)


def test_a_ratio_over_a_rate_that_may_be_zero_has_no_upper_limit() -> None:
    low, high = (f(limits([3], [30], 2.0), limits([0], [30], 2.0)) for f in (RATIO.low, RATIO.high))
    assert np.isinf(high).all()
    assert 0 < low[0] < 1
    assert np.isnan(RATIO.value(np.array([0.1]), np.array([0.0]))).all()


def test_a_ratio_of_zero_to_zero_says_nothing() -> None:
    nobody = limits([0], [30], 2.0)
    assert (RATIO.low(nobody, nobody)[0], RATIO.high(nobody, nobody)[0]) == (0.0, np.inf)


def test_a_group_without_trials_gives_nan_not_zero() -> None:
    none, some = limits([0], [0], 2.0), limits([3], [30], 2.0)
    for f in (DIFFERENCE.low, DIFFERENCE.high):
        assert np.isnan(f(none, some)).all()
        assert np.isnan(f(some, none)).all()


def test_estimates_with_normal_errors_combine_by_the_root_of_the_sum_of_squares() -> None:
    value, error = np.array([0.70, 0.80]), np.array([0.03, 0.04])

    def interval(reach: float) -> tuple[np.ndarray, np.ndarray]:
        return value - reach * error, value + reach * error

    both = limits_of(value, interval, 1.96)
    high = DIFFERENCE.high(both.at(1), both.at(0))
    assert (
        0.10 + 1.96 * 0.05 <= high <= 0.10 + 1.96 * 0.05 * 1.005
    )  # outward by at most half a per cent

"""Intervals for one rate: exact coverage, ends, and what is not known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.validity_coverage import exact_coverage
from shield.evidence.statistics.proportions import (
    clopper_pearson,
    jeffreys,
    rate_interval,
    tail_bounds,
    wilson,
)

SIZES = (*range(5, 41), 55, 75, 100, 150, 220, 300)
RATES = np.linspace(0.01, 0.99, 197)
ALL = (rate_interval, wilson, jeffreys, clopper_pearson)


def test_rate_interval_covers_at_least_92_percent_everywhere_and_96_on_average() -> None:
    coverages = [exact_coverage(rate_interval, n, RATES) for n in SIZES]
    assert min(lowest for _, lowest in coverages) >= 0.92
    assert 0.94 <= np.mean([grid.mean() for grid, _ in coverages]) <= 0.97


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_rate_interval_holds_for_the_smallest_groups_too(n: int) -> None:
    assert exact_coverage(rate_interval, n, RATES)[1] >= 0.92


def test_clopper_pearson_covers_at_least_its_confidence_everywhere() -> None:
    lowest = [exact_coverage(clopper_pearson, n, RATES)[1] for n in (1, 5, 11, 30, 100, 500)]
    assert min(lowest) >= 0.95


def test_wilson_would_not_have_been_good_enough() -> None:
    assert exact_coverage(wilson, 30, RATES)[1] < 0.9


@pytest.mark.parametrize("interval", ALL)
def test_no_trials_means_nothing_is_known(interval) -> None:
    low, high = interval([0, 3], [0, 10])
    assert np.isnan([low[0], high[0]]).all()
    assert 0 < low[1] < 0.3 < high[1] < 1


@pytest.mark.parametrize("interval", ALL)
def test_nobody_and_everybody_give_an_end_at_the_edge_and_an_open_other_end(interval) -> None:
    low, high = interval([0, 30], [30, 30])
    assert (low[0], high[1]) == (0.0, 1.0)
    assert 0.05 < high[0] < 0.2
    assert low[1] == pytest.approx(1 - high[0])


@pytest.mark.parametrize("interval", ALL)
def test_swapping_success_and_failure_mirrors_the_interval(interval) -> None:
    k = np.array([0, 1, 7, 15, 29, 30])
    low, high = interval(k, 30)
    mirrored_low, mirrored_high = interval(30 - k, 30)
    np.testing.assert_allclose(low, 1 - mirrored_high, atol=1e-12)
    np.testing.assert_allclose(high, 1 - mirrored_low, atol=1e-12)


@pytest.mark.parametrize("interval", ALL)
def test_fractional_counts_lie_between_their_neighbours(interval) -> None:
    low, high = interval([7, 7.4, 8], [30, 30, 30])
    assert low[0] < low[1] < low[2]
    assert high[0] < high[1] < high[2]


def test_a_fraction_of_one_success_stays_inside_its_interval() -> None:
    low, high = rate_interval([0.001, 29.999], [30, 30])
    assert low[0] <= 0.001 / 30 <= high[0]
    assert low[1] <= 29.999 / 30 <= high[1]


def test_tails_of_one_in_a_billion_are_not_lost_in_rounding() -> None:
    _, high = tail_bounds(np.array([0.0]), np.array([30.0]), 1e-9, blend=0.0)
    assert high[0] == pytest.approx(1 - 1e-9 ** (1 / 30))


@pytest.mark.parametrize(
    ("k", "n", "complaint"),
    [
        (5, 4, "more successes than trials"),
        (-1, 4, "negative"),
        (1, -4, "negative"),
        (np.nan, 4, "finite"),
        (1, np.inf, "finite"),
    ],
)
def test_counts_that_cannot_be_are_refused(k, n, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        rate_interval(k, n)

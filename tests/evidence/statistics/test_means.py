"""Limits for the mean of several rates: exact error, and agreement with one rate and with MOVER."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import binom

from shield.evidence.statistics.means import mean_of_rates_limits
from shield.evidence.statistics.proportions import clopper_pearson


@pytest.mark.parametrize("tail", [0.025, 1e-3, 1e-5])
def test_the_true_mean_lies_beyond_a_limit_at_most_as_often_as_promised(tail: float) -> None:
    z, worst = float(-ndtri(tail)), 0.0
    for n1, n2 in ((10, 10), (30, 30), (5, 60)):
        tables = np.array(list(itertools.product(range(n1 + 1), range(n2 + 1)))).T
        low, high = mean_of_rates_limits(tables, np.array([[n1], [n2]]), z)
        for p1, p2 in itertools.product((0.02, 0.3, 0.5, 0.9, 0.99), repeat=2):
            weight = binom.pmf(tables[0], n1, p1) * binom.pmf(tables[1], n2, p2)
            truth = (p1 + p2) / 2
            worst = max(worst, weight[low > truth + 1e-12].sum() / tail)
            worst = max(worst, weight[high < truth - 1e-12].sum() / tail)
    assert 0.3 < worst <= 1.0


def test_the_mean_of_one_rate_is_nearly_its_own_exact_interval() -> None:
    low, high = mean_of_rates_limits([[7]], [[30]], 1.959964)
    exact = clopper_pearson(7, 30)
    assert exact[0] - 0.004 < low[0] <= exact[0]
    assert exact[1] <= high[0] < exact[1] + 0.004


def test_many_large_parts_have_the_normal_interval_of_their_mean() -> None:
    n = np.full((5, 1), 40_000)
    low, high = mean_of_rates_limits(n // 2, n, 2.0)
    half = 2.0 * np.sqrt(0.25 / 40_000 / 5)
    assert 0.5 - low[0] == pytest.approx(half, rel=0.03)
    assert high[0] - 0.5 == pytest.approx(half, rel=0.03)


def test_a_part_without_trials_leaves_the_mean_unknown() -> None:
    low, high = mean_of_rates_limits([[3, 3], [0, 4]], [[9, 9], [0, 9]], 2.0)
    assert np.isnan([low[0], high[0]]).all()
    assert low[1] < 7 / 18 < high[1]

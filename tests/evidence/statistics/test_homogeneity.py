"""The test of equal rates: its size with small counts, its power, its edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from shield.evidence.statistics.homogeneity import homogeneity_p_value


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_two_small_groups_are_rejected_at_most_as_often_as_promised(rate, rng) -> None:
    size = 0.0
    for a in range(13):
        for b in range(10):
            if homogeneity_p_value([a, b], [12, 9], rng=rng) <= 0.05:
                size += binom.pmf(a, 12, rate) * binom.pmf(b, 9, rate)
    assert size <= 0.055


def test_many_small_groups_are_rejected_at_most_as_often_as_promised(rng) -> None:
    n = np.full(12, 15)
    p = [homogeneity_p_value(rng.binomial(n, 0.05), n, rng=rng) for _ in range(200)]
    assert np.mean(np.array(p) <= 0.05) <= 0.09


def test_a_clear_disparity_in_small_groups_is_found(rng) -> None:
    assert homogeneity_p_value([0, 0, 9], [12, 12, 12], rng=rng) < 0.001


@pytest.mark.parametrize("k", [[0, 0], [12, 9]])
def test_nobody_or_everybody_is_no_evidence(k, rng) -> None:
    assert homogeneity_p_value(k, [12, 9], rng=rng) == 1.0


def test_a_single_group_has_no_p_value(rng) -> None:
    assert np.isnan(homogeneity_p_value([4, 0], [9, 0], rng=rng))


def test_a_simulated_p_value_is_never_zero(rng) -> None:
    assert 0 < homogeneity_p_value([0, 0, 40], [40, 3, 40], rng=rng) < 0.01

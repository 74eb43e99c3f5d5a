"""Homogeneity and Holm against SciPy, full enumeration, and R."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import chi2_contingency, hypergeom

from shield.evidence.statistics.gaps import holm
from shield.evidence.statistics.homogeneity import chi_square, homogeneity_p_value


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def test_large_counts_equal_scipys_chi_square(rng) -> None:
    n = rng.integers(100, 900, 8)
    k = rng.binomial(n, 0.4)
    theirs = chi2_contingency(np.stack([k, n - k]), correction=False)
    assert chi_square(k.astype(float), n.astype(float)) == pytest.approx(theirs.statistic)
    assert homogeneity_p_value(k, n, rng=rng) == pytest.approx(theirs.pvalue)


def test_two_small_groups_equal_the_enumerated_conditional_distribution(rng) -> None:
    n, k = np.array([12, 9]), np.array([6, 0])
    observed = chi_square(k.astype(float), n.astype(float))
    expected = sum(
        hypergeom.pmf(a, n.sum(), k.sum(), n[0])
        for a in range(7)
        if chi_square(np.array([a, 6.0 - a]), n.astype(float)) >= observed - 1e-9
    )
    assert homogeneity_p_value(k, n, rng=rng) == pytest.approx(expected)


def test_three_small_groups_are_near_the_enumerated_conditional_distribution(rng) -> None:
    n, k = np.array([5, 6, 7]), np.array([0, 1, 4])
    observed = chi_square(k.astype(float), n.astype(float))
    total = extreme = 0.0
    for table in itertools.product(range(6), range(7), range(8)):
        if sum(table) != k.sum():
            continue
        weight = float(np.prod([_choose(int(m), a) for m, a in zip(n, table, strict=True)]))
        total += weight
        if chi_square(np.array(table, dtype=float), n.astype(float)) >= observed - 1e-9:
            extreme += weight
    assert homogeneity_p_value(k, n, rng=rng) == pytest.approx(extreme / total, abs=0.02)


def _choose(n: int, k: int) -> float:
    return float(np.prod([(n - i) / (i + 1) for i in range(k)])) if k else 1.0


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([0.01, 0.02, 0.03, 0.04, 0.05], [0.05, 0.08, 0.09, 0.09, 0.09]),
        ([0.04, 0.01, 0.6], [0.08, 0.03, 0.6]),
        ([0.6, 0.7], [1.0, 1.0]),
    ],
)
def test_holm_equals_p_adjust_of_r(p: list[float], adjusted: list[float]) -> None:
    np.testing.assert_allclose(holm(p), adjusted)

"""Mantel–Haenszel differences and Cochran–Mantel–Haenszel tests against closed forms and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from assessments.core.metrics.stratified import homogeneity_given_strata, stratified_difference

# Agresti, Categorical Data Analysis (2nd edition 2002), table 6.9: eight centres, success and
# failure of drug and control; CMH statistic 6.38 (page 232), MH difference by definition.
DRUG = np.array([[11, 25], [16, 4], [14, 5], [2, 14], [6, 11], [1, 10], [1, 4], [4, 2]])
CONTROL = np.array([[10, 27], [22, 10], [7, 12], [1, 16], [0, 12], [0, 10], [1, 8], [6, 1]])


def centres():
    x1, n1 = DRUG[:, 0], DRUG.sum(axis=1)
    x2, n2 = CONTROL[:, 0], CONTROL.sum(axis=1)
    return stratified_difference(x1[None], n1[None], x2[None], n2[None])


def test_published_cochran_mantel_haenszel_statistic():
    found = centres()
    assert found.statistic[0] == pytest.approx(6.3841, abs=5e-4)
    assert found.p_value[0] == pytest.approx(chi2.sf(6.3841, 1), abs=1e-4)


def test_generalised_test_with_two_groups_is_the_ordinary_one():
    x = np.stack([DRUG[:, 0], CONTROL[:, 0]])
    n = np.stack([DRUG.sum(axis=1), CONTROL.sum(axis=1)])
    statistic, freedom, p = homogeneity_given_strata(x, n)
    assert (statistic, freedom) == (pytest.approx(centres().statistic[0]), 1)
    assert p == pytest.approx(centres().p_value[0])


def test_difference_and_satos_variance_by_definition():
    x1, n1, x2, n2 = DRUG[:, 0], DRUG.sum(axis=1), CONTROL[:, 0], CONTROL.sum(axis=1)
    weight = n1 * n2 / (n1 + n2)
    value = (weight * (x1 / n1 - x2 / n2)).sum() / weight.sum()
    p = (n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / (n1 + n2) ** 2
    q = (x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * (n1 + n2))
    variance = (value * p.sum() + q.sum()) / weight.sum() ** 2
    found = centres()
    assert found.value[0] == pytest.approx(value)
    assert found.standard_error()[0] == pytest.approx(np.sqrt(variance))


def test_one_stratum_is_the_plain_difference():
    found = stratified_difference(
        np.array([[30]]), np.array([[100]]), np.array([[45]]), np.array([[90]])
    )
    assert found.value[0] == pytest.approx(0.3 - 0.5)
    wald = np.sqrt(0.3 * 0.7 / 100 + 0.5 * 0.5 / 90)
    assert found.standard_error()[0] == pytest.approx(wald, rel=0.02)


@pytest.mark.parametrize(("strata", "size"), [(3, 60), (40, 6)])
def test_interval_covers_with_few_large_and_with_many_small_strata(strata: int, size: int):
    rng = np.random.default_rng(1)
    runs, true = 2000, -0.15
    base = rng.uniform(0.3, 0.9, strata)
    n1 = np.full((runs, strata), size // 3)
    n2 = np.full((runs, strata), size - size // 3)
    x1, x2 = rng.binomial(n1, base + true), rng.binomial(n2, base)
    low, high = stratified_difference(x1, n1, x2, n2).interval(norm.ppf(0.975))
    covered = ((low <= true) & (true <= high)).mean()
    assert 0.935 <= covered <= 0.975


def test_everybody_equal_within_strata_rejects_as_often_as_it_should():
    rng = np.random.default_rng(2)
    rejected = 0
    for _ in range(2000):
        n = rng.integers(5, 40, size=(4, 6))
        x = rng.binomial(n, np.linspace(0.2, 0.8, 6))
        rejected += homogeneity_given_strata(x, n)[2] < 0.05
    assert 0.04 <= rejected / 2000 <= 0.06

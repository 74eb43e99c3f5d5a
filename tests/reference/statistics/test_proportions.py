"""Intervals for one rate against SciPy's own and against published tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from shield.evidence.statistics.proportions import (
    clopper_pearson,
    jeffreys,
    rate_interval,
    wilson,
)

CASES = [(k, n) for n in (1, 7, 30, 197, 1681) for k in {0, 1, n // 3, n - 1, n}]


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("k", "n"), CASES)
def test_wilson_and_clopper_pearson_equal_scipy(k: int, n: int, confidence: float) -> None:
    test = binomtest(k, n)
    for ours, name in ((wilson, "wilson"), (clopper_pearson, "exact")):
        theirs = test.proportion_ci(confidence, method=name)
        low, high = ours(k, n, confidence)
        assert low == pytest.approx(theirs.low, abs=1e-10)
        assert high == pytest.approx(theirs.high, abs=1e-10)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(2, 7, 0.065, 0.648), (3, 7, 0.139, 0.766), (2, 10, 0.044, 0.503), (5, 10, 0.224, 0.776)],
)
def test_jeffreys_equals_the_table_of_brown_cai_and_dasgupta(
    x: int, n: int, low: float, high: float
) -> None:
    """Statistical Science 16 (2001), Table 5 (rows where their modification changes nothing)."""
    assert jeffreys(x, n) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_equals_the_table_of_newcombe(k: int, n: int, low: float, high: float) -> None:
    """Statistics in Medicine 17 (1998) 857, Table I, method 3."""
    assert wilson(k, n) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


def test_the_printed_interval_lies_between_jeffreys_and_clopper_pearson() -> None:
    k = np.arange(1, 30)
    ours, narrow, wide = (f(k, 30) for f in (rate_interval, jeffreys, clopper_pearson))
    assert (wide[0] < ours[0]).all() and (ours[0] < narrow[0]).all()
    assert (narrow[1] < ours[1]).all() and (ours[1] < wide[1]).all()


def test_the_printed_interval_is_its_formula() -> None:
    low, high = rate_interval(133, 197)
    assert low == pytest.approx(beta.ppf(0.025, 133.25, 64.75))
    assert high == pytest.approx(beta.ppf(0.975, 133.75, 64.25))

"""One test for "all groups have the same rate", exact or simulated where counts are small."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincc, gammaln

from shield.evidence.statistics.proportions import counts

FloatArray = NDArray[np.float64]
DRAWS = 2000


def chi_square(k: FloatArray, n: FloatArray) -> FloatArray:
    """Pearson's statistic Σ (kᵢ − nᵢ p̄)² / (nᵢ p̄ (1 − p̄)); `k` may have leading replicate axes."""
    total, rows = k.sum(axis=-1, keepdims=True), n.sum()
    rate = total / rows
    variance = n * rate * (1 - rate)
    safe = np.where(variance > 0, variance, 1.0)
    return np.where(variance > 0, (k - n * rate) ** 2 / safe, 0.0).sum(axis=-1)


def homogeneity_p_value(k: ArrayLike, n: ArrayLike, *, rng: np.random.Generator) -> float:
    """P(a statistic at least as large | equal rates); NaN for fewer than two groups with rows.

    Pearson's chi-square with G − 1 degrees of freedom under Cochran's rule (no expected count below
    1, at most a fifth below 5). Otherwise its distribution given the margins: enumerated for two
    groups (Freeman and Halton 1951), simulated by `DRAWS` permutations for more, where the p-value
    is (1 + exceedances)/(1 + draws) and so never 0. Fractional counts are rounded in that case.
    """
    successes, trials = counts(k, n)
    some = trials > 0
    successes, trials = successes[some], trials[some]
    if trials.size < 2:
        return float("nan")
    total, rows = float(successes.sum()), float(trials.sum())
    if total <= 0 or total >= rows:
        return 1.0
    rate = total / rows
    expected = trials * min(rate, 1 - rate)
    if expected.min() >= 1 and (expected < 5).mean() <= 0.2:
        observed = float(chi_square(successes, trials))
        return float(gammaincc((trials.size - 1) / 2, observed / 2))
    whole = np.maximum(np.rint(trials), 1).astype(np.int64)
    good = np.minimum(np.rint(successes).astype(np.int64), whole)
    return _two_groups(good, whole) if whole.size == 2 else _simulated(good, whole, rng)


def _two_groups(k: NDArray[np.int64], n: NDArray[np.int64]) -> float:
    total, rows = int(k.sum()), int(n.sum())
    first = np.arange(max(0, total - int(n[1])), min(total, int(n[0])) + 1)
    log_p = _log_choose(n[0], first) + _log_choose(n[1], total - first) - _log_choose(rows, total)
    tables = np.stack([first, total - first], axis=-1).astype(np.float64)
    size = n.astype(np.float64)
    statistic = chi_square(tables, size)
    extreme = statistic >= float(chi_square(k.astype(np.float64), size)) * (1 - 1e-9)
    return float(min(np.exp(log_p[extreme]).sum(), 1.0))


def _simulated(k: NDArray[np.int64], n: NDArray[np.int64], rng: np.random.Generator) -> float:
    tables = rng.multivariate_hypergeometric(n, int(k.sum()), size=DRAWS, method="marginals")
    size = n.astype(np.float64)
    observed = float(chi_square(k.astype(np.float64), size)) * (1 - 1e-9)
    exceed = int((chi_square(tables.astype(np.float64), size) >= observed).sum())
    return (1 + exceed) / (1 + DRAWS)


def _log_choose(n: ArrayLike, k: ArrayLike) -> FloatArray:
    nn, kk = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
    return gammaln(nn + 1) - gammaln(kk + 1) - gammaln(nn - kk + 1)

"""Rates compared within strata: Mantel–Haenszel differences and Cochran–Mantel–Haenszel tests.

"Do groups differ among people who are alike in a legitimate respect?" Per stratum s, a group has
x₁ of n₁ successes and its comparison x₂ of n₂, N = n₁ + n₂. The weighted difference is

    δ = Σ_s w_s (x₁/n₁ − x₂/n₂) / Σ_s w_s,  w_s = n₁ n₂ / N,  range [−1, 1]

(Mantel & Haenszel 1959; Greenland & Robins 1985). Strata where one side is empty carry no weight.
Interval: Klingenberg (2014), "A new and improved confidence interval for the Mantel–Haenszel risk
difference", which inverts the test on Sato's (1989) variance (δ P + Q) / (Σ w)²; valid for many
small strata and for few large ones, and with positive width where the difference is 0 or ±1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StratifiedDifference:
    """Arrays of shape (G,). `n` and `other_n` count rows in strata where both sides have rows."""

    value: Floats
    slope: Floats
    constant: Floats
    n: Floats
    other_n: Floats
    statistic: Floats
    p_value: Floats

    def interval(self, z: float, effect: Floats | float = 1.0) -> tuple[Floats, Floats]:
        """Ends within [−1, 1]; `effect` multiplies the variance (several rows a person)."""
        square = z * z * effect
        middle = self.value + square * self.slope / 2.0
        half = np.sqrt(np.maximum(middle**2 - self.value**2 + square * self.constant, 0.0))
        low, high = np.maximum(middle - half, -1.0), np.minimum(middle + half, 1.0)
        # The inverted test may leave the estimate itself out by rounding.
        return np.minimum(low, self.value), np.maximum(high, self.value)

    def standard_error(self) -> Floats:
        """Sato's standard error at the estimate."""
        return np.sqrt(np.maximum(self.value * self.slope + self.constant, 0.0))


def stratified_difference(
    successes: NDArray[np.number],
    trials: NDArray[np.number],
    other_successes: NDArray[np.number],
    other_trials: NDArray[np.number],
) -> StratifiedDifference:
    """Mantel–Haenszel difference and test from counts of shape (G, strata); NaN without overlap."""
    x1, n1 = successes.astype(np.float64), trials.astype(np.float64)
    x2, n2 = other_successes.astype(np.float64), other_trials.astype(np.float64)
    both = (n1 > 0) & (n2 > 0)
    total = np.where(both, n1 + n2, 1.0)
    weight = np.where(both, n1 * n2 / total, 0.0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(both, (x1 * n2 - x2 * n1) / total, 0.0).sum(axis=1) / weight
        p = np.where(
            both, (n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2.0) / total**2, 0.0
        ).sum(axis=1)
        q = np.where(both, (x1 * (n2 - x2) + x2 * (n1 - x1)) / (2.0 * total), 0.0).sum(axis=1)
        slope, constant = p / weight**2, q / weight**2
        statistic = _statistic(x1, n1, x2, n2, both=both)
    return StratifiedDifference(
        value=value,
        slope=slope,
        constant=constant,
        n=np.where(both, n1, 0.0).sum(axis=1),
        other_n=np.where(both, n2, 0.0).sum(axis=1),
        statistic=statistic,
        p_value=chdtrc(1.0, np.where(np.isfinite(statistic), statistic, 0.0)),
    )


def _statistic(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, *, both: NDArray[np.bool_]
) -> Floats:
    """(Σ x₁ − E x₁)² / Σ Var x₁ under no association within strata, without continuity correction."""
    good, total = x1 + x2, np.where(both, n1 + n2, 1.0)
    expected = np.where(both, x1 - n1 * good / total, 0.0).sum(axis=1)
    spread = n1 * n2 * good * (total - good) / (total**2 * np.maximum(total - 1.0, 1.0))
    variance = np.where(both, spread, 0.0).sum(axis=1)
    return np.where(variance > 0, expected**2 / np.where(variance > 0, variance, 1.0), 0.0)


def homogeneity_given_strata(
    successes: NDArray[np.number], trials: NDArray[np.number]
) -> tuple[float, int, float]:
    """Generalised Cochran–Mantel–Haenszel test: do any groups differ within strata?

    (statistic, degrees of freedom, p) from counts (G, strata); Landis, Heyman & Koch (1978), mean
    score statistic for a binary response. (0, 0, 1) where nothing can differ.
    """
    x, n = successes.astype(np.float64), trials.astype(np.float64)
    total, good = n.sum(axis=0), x.sum(axis=0)
    use = (total > 1) & (good > 0) & (good < total)
    x, n, total, good = x[:, use], n[:, use], total[use], good[use]
    apart = (x - n * good / total).sum(axis=1)
    scale = good * (total - good) / (total**2 * (total - 1.0))
    covariance = np.diag((n * scale * total).sum(axis=1)) - (n * scale) @ n.T
    freedom = int(np.linalg.matrix_rank(covariance)) if covariance.any() else 0
    if freedom == 0:
        return 0.0, 0, 1.0
    statistic = float(apart @ np.linalg.pinv(covariance, hermitian=True) @ apart)
    return statistic, freedom, float(chdtrc(freedom, max(statistic, 0.0)))

"""Estimates with an interval for any tail: what is not a share of rows (AUC, Brier score, RMSE).

`interval(z)` takes the critical value in standard errors, because simultaneous comparisons ask for
limits far in the tail. Differences of two estimates then combine their limits by the tails of both
(`shield.evidence.statistics.contrasts`), so that a bounded or skewed estimate keeps its own,
asymmetric interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, stdtrit

from shield.evidence.statistics.proportions import tail_bounds

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""A spread of shares below this is what is left of none by rounding."""
WIDEST = 20.0
"""Half an interval on a logarithmic scale at most: a factor of 5 · 10⁸ is no limit, but a number."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates of one metric, arrays of shape (G,), NaN where there is none.

    `n` counts the rows behind each; `freedom` the degrees of freedom of the standard error.
    """

    value: Floats
    standard_error: Floats
    n: Floats
    freedom: Floats

    def usable(self) -> NDArray[np.bool_]:
        """Where there is a value whose uncertainty is known."""
        return np.isfinite(self.value) & np.isfinite(self.standard_error)

    def interval(self, z: float) -> tuple[Floats, Floats]:
        """value ± t · standard error, with Student's t of the same tail as z."""
        half = student(z, self.freedom) * self.standard_error
        return self.value - half, self.value + half


class ShareEstimates(Estimates):
    """Estimates in [0, 1]: the interval is symmetric on the logit scale (AUC, Brier score).

    At 0 and 1, or without spread, it is the binomial interval of `support` rows: a mean of values
    in [0, 1] never varies more than a share does.
    """

    def interval(self, z: float) -> tuple[Floats, Floats]:
        """Ends within [0, 1]."""
        inner = (self.value > 0) & (self.value < 1) & (self.standard_error > ROUNDING)
        value = np.where(inner, self.value, 0.5)
        half = student(z, self.freedom) * self.standard_error / (value * (1.0 - value))
        low, high = expit(logit(value) - half), expit(logit(value) + half)
        known = self.usable()
        n = np.where(known, self.support(), 0.0)
        flat = tail_bounds(np.where(known, np.clip(self.value, 0, 1), 0.0) * n, n, float(ndtr(-z)))
        return np.where(inner, low, flat[0]), np.where(inner, high, flat[1])

    def support(self) -> Floats:
        """How many independent rows stand behind an estimate without spread."""
        return np.maximum(self.freedom + 1.0, 1.0)


class PositiveEstimates(Estimates):
    """Estimates above 0: the interval is symmetric on the log scale (RMSE, log loss).

    Without spread there is no interval: the estimate is then not usable.
    """

    def usable(self) -> NDArray[np.bool_]:
        """Where there is a value with spread."""
        known = np.isfinite(self.value) & np.isfinite(self.standard_error)
        return known & (self.value > 0) & (self.standard_error > 0)

    def interval(self, z: float) -> tuple[Floats, Floats]:
        """Ends above 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            half = student(z, self.freedom) * self.standard_error / self.value
        half = np.minimum(half, WIDEST)
        return self.value * np.exp(-half), self.value * np.exp(half)


def student(z: float, freedom: Floats) -> Floats:
    """Student's critical value with the same tail as the normal z."""
    capped = np.clip(freedom, 1.0, 1e9)
    return -stdtrit(capped, np.full(capped.shape, float(ndtr(-z))))

"""Exact-tailed limits for the mean of several independent rates: macro averages, balanced accuracy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from shield.evidence.statistics.proportions import Bounds, FloatArray, counts, tail_bounds

PARTS_OF_Z = 16
# The coarsest step of the grid, between no and the smallest share of z², is one of the angle
# asin √(1/16); dividing by the cosine of its half makes the limits err outwards only.
_OUTWARD = float(1 / np.cos(np.arcsin(np.sqrt(1 / PARTS_OF_Z)) / 2))


def mean_of_rates_limits(k: ArrayLike, n: ArrayLike, z: float) -> Bounds:
    """Limits (low, high), shape (G,), of the mean over parts of rates; `k`, `n`: (parts, G).

    Smallest and largest mean of p1 … pm over all points with z1² + … + zm² ≤ z², each zᵢ the
    distance of pᵢ from its own sample by exact tails, as in `contrasts`. z² is shared out in
    sixteenths, and the parts are taken in one after the other:

        low_{1…m}(q) = min over a of low_{1…m−1}(q − a) + low_m(a)

    The root of the sum of squared distances (MOVER) is too narrow far out: near 0 and 1 a limit
    hardly moves with z. NaN where a part has no trials.
    """
    successes, trials = counts(k, n)
    reach = z * _OUTWARD * np.sqrt(np.arange(PARTS_OF_Z + 1) / PARTS_OF_Z)
    tails = ndtr(-reach[1:]).reshape(-1, 1, 1)
    lows, highs = (
        _with_the_rate(ends, successes, trials)
        for ends in tail_bounds(successes, trials, tails, blend=0.0)
    )  # (PARTS_OF_Z + 1, parts, G) each
    parts = successes.shape[0]
    return _lowest_sum(lows) / parts, -_lowest_sum(-highs) / parts


def _with_the_rate(ends: FloatArray, k: FloatArray, n: FloatArray) -> FloatArray:
    """The limits with the rate itself in front, for the share 0 of z²."""
    rate = k / np.where(n > 0, n, np.nan)
    return np.concatenate([rate[None], ends])


def _lowest_sum(tables: FloatArray) -> FloatArray:
    """Minimum over all ways to share z² out of the sum over parts; tables (shares, parts, G)."""
    sums = tables[:, 0]
    for part in range(1, tables.shape[1]):
        sums = np.stack(
            [
                (sums[: share + 1] + tables[share::-1, part]).min(axis=0)
                for share in range(PARTS_OF_Z + 1)
            ]
        )
    return sums[-1]

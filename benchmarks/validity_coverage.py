"""Exact coverage of an interval for a rate, by summing the binomial distribution (no sampling)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

Interval = Callable[
    [NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]
]


def exact_coverage(
    interval: Interval, n: int, p: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """P(low ≤ p ≤ high) at each p of the grid, and the lowest value anywhere between its ends.

    Coverage is smooth between the interval's ends and jumps there, so besides the grid the lowest
    value is looked for just inside and just outside every end.
    """
    k = np.arange(n + 1, dtype=np.float64)
    low, high = interval(k, np.full(n + 1, float(n)))
    ends = np.concatenate([low, high])
    ends = ends[(ends > p[0]) & (ends < p[-1])]
    beside = np.concatenate([ends - 1e-9, ends + 1e-9])

    def coverage(at: NDArray[np.float64]) -> NDArray[np.float64]:
        covered = (low[:, None] <= at) & (at <= high[:, None])  # (n + 1, points)
        return np.where(covered, binom.pmf(k[:, None], n, at), 0.0).sum(axis=0)

    on_grid = coverage(p)
    lowest = min(on_grid.min(), coverage(beside).min()) if beside.size else on_grid.min()
    return on_grid, float(lowest)

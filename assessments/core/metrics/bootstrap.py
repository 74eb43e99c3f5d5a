"""The row bootstrap of count metrics without rows.

Drawing n rows with replacement and counting cells *is* one multinomial draw of n with the observed
cell shares. So a replicate costs cells, not rows, and the distribution is exactly that of the row
bootstrap (Efron & Tibshirani 1993, chapter 6). Percentile intervals under-cover for small groups
(78 % at n = 30, p = 0.05): they are used only for metrics that have no better interval, such as a
macro-averaged F1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Metric = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def replicate_counts(
    counts: NDArray[np.integer], replicates: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Bootstrap tables, shape (replicates, *counts.shape), as floats.

    The cells are drawn as a chain of conditional binomials, which is the multinomial exactly.
    """
    total = int(counts.sum())
    if total == 0:
        return np.zeros((replicates, *counts.shape))
    drawn = rng.multinomial(total, counts.ravel() / total, size=replicates)
    return drawn.astype(np.float64).reshape(replicates, *counts.shape)


def percentile_interval(
    replicated: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both ends of the percentile interval over axis 0; NaN replicates (undefined) are left out.

    An end is the order statistic nearest to its quantile, outwards, so that no interpolation
    makes the interval shorter than the replicates justify. Shapes: (replicates, …) → (…,) twice.
    """
    replicates = replicated.shape[0]
    tail = (1.0 - confidence) / 2.0
    if np.isnan(replicated).any():
        low, high = np.nanquantile(replicated, [tail, 1.0 - tail], axis=0)
        return low, high
    below = int(np.floor(tail * (replicates - 1)))
    above = replicates - 1 - below
    # (…, replicates) in memory: the selection then runs along contiguous numbers.
    ordered = np.ascontiguousarray(np.moveaxis(replicated, 0, -1))
    ordered.partition((below, above), axis=-1)
    return ordered[..., below], ordered[..., above]


def bootstrap_interval(
    counts: NDArray[np.integer],
    metric: Metric,
    *,
    replicates: int,
    confidence: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Percentile interval of `metric`, a function of tables (replicates, *counts.shape)."""
    return percentile_interval(metric(replicate_counts(counts, replicates, rng)), confidence)

"""Comparisons of general estimates that come with a standard error: AUC, Brier score, mean error.

The normal counterpart of `comparisons`; same conventions, same `Comparison`. A group whose estimate
or standard error is not finite, or whose standard error is not positive, is not estimable: an
estimate without spread (an AUC of 1 on five rows) would otherwise be certain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtrit

from shield.evidence.statistics.simultaneous import Comparison, share_of_confidence, two_sided

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def estimate_difference_to_rest(
    estimate: ArrayLike,
    standard_error: ArrayLike,
    weight: ArrayLike,
    *,
    confidence: float = 0.95,
    family: int | None = None,
    degrees_of_freedom: ArrayLike | None = None,
) -> Comparison:
    """eᵢ − the weighted mean of the other estimable groups (weights: usually the rows).

    Variance: sᵢ² + Σ wₕ² sₕ² / (Σ wₕ)² over h ≠ i. With `degrees_of_freedom` (rows − 1, say) the
    critical values are Student's at Welch and Satterthwaite's degrees, which matters below about
    100 rows a group; without, they are normal. Šidák over G comparisons (one for two groups).
    """
    e, s, w = (np.asarray(a, dtype=np.float64) for a in (estimate, standard_error, weight))
    usable = _usable(e, s) & (w > 0)
    freedom = _degrees(degrees_of_freedom, e.size)
    groups = int(usable.sum())
    if groups < 2:
        return _blank(e.size, "a single group has no rest")
    ee, ss, ww, ff = e[usable], s[usable], w[usable], freedom[usable]
    rest_weight = ww.sum() - ww
    rest = ((ww * ee).sum() - ww * ee) / rest_weight
    part = (ww * ss) ** 2
    rest_variance = (part.sum() - part) / rest_weight**2
    spread = part**2 / ff
    rest_spread = (spread.sum() - spread) / rest_weight**4
    variance = ss**2 + rest_variance
    welch = variance**2 / np.maximum(ss**4 / ff + rest_spread, 1e-300)
    comparisons = 1 if groups == 2 else groups
    level = share_of_confidence(confidence, e.size, family)
    half = _student(two_sided(level, comparisons), welch) * np.sqrt(variance)
    method = f"normal theory, Šidák for {comparisons} comparisons"
    return _spread(usable, ee - rest, half, method)


def estimate_difference_to_reference(
    estimate: ArrayLike,
    standard_error: ArrayLike,
    reference: int,
    *,
    confidence: float = 0.95,
    family: int | None = None,
    degrees_of_freedom: ArrayLike | None = None,
) -> Comparison:
    """eᵢ − e_reference; the reference itself is 0 by definition. See `estimate_difference_to_rest`."""
    e, s = (np.asarray(a, dtype=np.float64) for a in (estimate, standard_error))
    usable = _usable(e, s)
    if not usable[reference]:
        return _blank(e.size, "the reference group is not estimable")
    freedom = _degrees(degrees_of_freedom, e.size)
    comparisons = max(int(usable.sum()) - 1, 1)
    variance = s[usable] ** 2 + s[reference] ** 2
    welch = variance**2 / np.maximum(
        s[usable] ** 4 / freedom[usable] + s[reference] ** 4 / freedom[reference], 1e-300
    )
    level = share_of_confidence(confidence, e.size, family)
    half = _student(two_sided(level, comparisons), welch) * np.sqrt(variance)
    half[int(usable[:reference].sum())] = 0.0
    method = f"normal theory, Šidák for {comparisons} comparisons"
    return _spread(usable, e[usable] - e[reference], half, method)


def _usable(estimate: FloatArray, standard_error: FloatArray) -> BoolArray:
    return np.isfinite(estimate) & np.isfinite(standard_error) & (standard_error > 0)


def _degrees(degrees_of_freedom: ArrayLike | None, size: int) -> FloatArray:
    if degrees_of_freedom is None:
        return np.full(size, np.inf)
    return np.maximum(np.asarray(degrees_of_freedom, dtype=np.float64), 1.0)


def _student(z: float, freedom: FloatArray) -> FloatArray:
    """Student's critical value with the same tail as the normal z."""
    capped = np.minimum(freedom, 1e9)
    return -stdtrit(capped, np.full(capped.shape, ndtr(-z)))


def _spread(usable: BoolArray, value: FloatArray, half: FloatArray, method: str) -> Comparison:
    full = np.full((3, usable.size), np.nan)
    full[:, usable] = value, value - half, value + half
    return Comparison(full[0], full[1], full[2], usable, method)


def _blank(size: int, method: str) -> Comparison:
    nan = np.full(size, np.nan)
    return Comparison(nan, nan.copy(), nan.copy(), np.zeros(size, dtype=bool), method)

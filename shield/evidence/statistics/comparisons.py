"""Groups against each other with simultaneous intervals: every statement of a family holds at once.

With twenty groups and separate 95 % intervals a fair service fails somewhere in most audits. Here
the probability that *any* interval of the family misses its true value is at most 1 − confidence.

Each function takes arrays of shape (G,), one entry a group, and returns a `Comparison`. Counts may
be fractional (adjusted for a design effect). `family` is the number of slices over which a check
is simultaneous when it looks at several groupings; the default is the groups of the call.

A group without trials is not estimable: its value and interval are NaN and it takes no part in the
others' comparison. It is never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from shield.evidence.statistics import contrasts
from shield.evidence.statistics.critical import (
    all_pairs,
    one_sided,
    share_of_confidence,
    two_sided,
)
from shield.evidence.statistics.proportions import counts, tail_bounds

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Limit = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Per group, shape (G,): value and interval, NaN where `estimable` is False."""

    value: FloatArray
    low: FloatArray
    high: FloatArray
    estimable: BoolArray
    method: str


def rate_ratio_to_best(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, family: int | None = None
) -> Comparison:
    """pᵢ / maxₕ pₕ in [0, 1]: the four-fifths rule's selection-rate ratio. See `_to_best`.

    Not estimable where nobody in any group succeeded (0/0).
    """
    return _to_best(k, n, confidence, family, contrasts.ratio_low, contrasts.ratio_high, ratio=True)


def rate_difference_to_best(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, family: int | None = None
) -> Comparison:
    """pᵢ − maxₕ pₕ in [−1, 0]. See `_to_best`."""
    return _to_best(
        k, n, confidence, family, contrasts.difference_low, contrasts.difference_high, ratio=False
    )


def _to_best(
    k: ArrayLike,
    n: ArrayLike,
    confidence: float,
    family: int | None,
    low_limit: Limit,
    high_limit: Limit,
    *,
    ratio: bool,
) -> Comparison:
    """Every group against the best one, which is not known but estimated.

    Comparing with the group that happens to look best overstates the disparity: of 50 equal groups
    the luckiest is 2.2 standard errors up. With Lᵢₕ and Uᵢₕ the limits for the pair (i, h):

    * low = minₕ Lᵢₕ with one-sided limits for G − 1 comparisons: only the comparisons with the true
      best group, whichever it is, need to hold (Hsu's multiple comparisons with the best, 1984);
    * high = minₕ Uᵢₕ with Tukey's limits for all pairs, because the smallest is picked.

    Below, the probability of error is at most (1 − confidence)/2; above, it is at most
    1 − confidence when all groups are equal (where the lower limit cannot err) and half of that
    where a single group is apart. Both are the usual interval for two groups.
    """
    rates = _Rates.of(k, n)
    level = share_of_confidence(confidence, rates.slices, family)
    groups = rates.p.size
    if groups < 2:
        return rates.nothing("a single group has no other to be compared with")
    if ratio and not rates.p.any():
        return rates.nothing("every group's rate is 0")
    low, high = rates.bounds(one_sided((1 + level) / 2, groups - 1))
    column = (slice(None), None)
    lows = low_limit(rates.p[column], low[column], rates.p[None], high[None])  # (i, h)
    low, high = rates.bounds(all_pairs(level, groups))
    highs = high_limit(rates.p[column], high[column], rates.p[None], low[None])
    np.fill_diagonal(lows, np.inf)
    np.fill_diagonal(highs, np.inf)
    best = rates.p.max()
    limit = 1.0 if ratio else 0.0
    return rates.spread(
        rates.p / best if ratio else rates.p - best,
        np.minimum(lows.min(axis=1), limit),
        np.minimum(highs.min(axis=1), limit),
        f"comparison with the best (Hsu; Tukey), MOVER, {groups} groups",
    )


def rate_ratio_to_reference(
    k: ArrayLike,
    n: ArrayLike,
    reference: int,
    *,
    confidence: float = 0.95,
    family: int | None = None,
) -> Comparison:
    """pᵢ / p_reference; the reference itself is 1 by definition. NaN when p̂_reference is 0."""
    rates = _Rates.of(k, n)
    return _to_reference(
        rates, reference, confidence, family, contrasts.ratio_low, contrasts.ratio_high, ratio=True
    )


def rate_difference_to_reference(
    k: ArrayLike,
    n: ArrayLike,
    reference: int,
    *,
    confidence: float = 0.95,
    family: int | None = None,
) -> Comparison:
    """pᵢ − p_reference; the reference itself is 0 by definition."""
    rates = _Rates.of(k, n)
    low, high = contrasts.difference_low, contrasts.difference_high
    return _to_reference(rates, reference, confidence, family, low, high, ratio=False)


def _to_reference(
    rates: _Rates,
    reference: int,
    confidence: float,
    family: int | None,
    low_limit: Limit,
    high_limit: Limit,
    *,
    ratio: bool,
) -> Comparison:
    """G − 1 two-sided comparisons with one group, at Šidák's critical value."""
    if not rates.estimable[reference]:
        return rates.nothing("the reference group has no rows")
    at = int(rates.estimable[:reference].sum())
    p = rates.p[at]
    if ratio and p == 0:
        return rates.nothing("the reference group's rate is 0")
    level = share_of_confidence(confidence, rates.slices, family)
    low, high = rates.bounds(two_sided(level, rates.p.size - 1))
    lows = low_limit(rates.p, low, p, high[at])
    highs = high_limit(rates.p, high, p, low[at])
    itself = 1.0 if ratio else 0.0
    lows[at] = highs[at] = itself
    value = rates.p / p if ratio else rates.p - p
    return rates.spread(value, lows, highs, f"MOVER, Šidák for {rates.p.size - 1} comparisons")


def rate_difference_to_rest(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, family: int | None = None
) -> Comparison:
    """pᵢ − p_rest, where the rest is all rows that are not in the group.

    The rest counts as one binomial sample; it is a mixture, whose variance is smaller or equal.
    """
    rates = _Rates.of(k, n)
    low, high = contrasts.difference_low, contrasts.difference_high
    return _to_rest(rates, confidence, family, low, high, ratio=False)


def rate_ratio_to_rest(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, family: int | None = None
) -> Comparison:
    """pᵢ / p_rest, where the rest is all rows that are not in the group; NaN when p̂_rest is 0."""
    rates = _Rates.of(k, n)
    low, high = contrasts.ratio_low, contrasts.ratio_high
    return _to_rest(rates, confidence, family, low, high, ratio=True)


def rate_difference_to_overall(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, family: int | None = None
) -> Comparison:
    """pᵢ − p_all = (1 − wᵢ)(pᵢ − p_rest), with wᵢ the group's share of the rows.

    Group and whole overlap; through the rest, which does not overlap, the interval is exact in that
    respect.
    """
    to_rest = rate_difference_to_rest(k, n, confidence=confidence, family=family)
    outside = 1 - _share(n)
    return Comparison(
        to_rest.value * outside,
        to_rest.low * outside,
        to_rest.high * outside,
        to_rest.estimable,
        to_rest.method,
    )


def rate_ratio_to_overall(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, family: int | None = None
) -> Comparison:
    """pᵢ / p_all = r / (w r + 1 − w), with r = pᵢ / p_rest and w the group's share of the rows."""
    to_rest = rate_ratio_to_rest(k, n, confidence=confidence, family=family)
    share = _share(n)

    def transform(r: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(np.isinf(r), 1 / share, r / (share * r + 1 - share))

    return Comparison(
        transform(to_rest.value),
        transform(to_rest.low),
        transform(to_rest.high),
        to_rest.estimable,
        to_rest.method,
    )


def _share(n: ArrayLike) -> FloatArray:
    size = np.asarray(n, dtype=np.float64)
    return size / max(float(size.sum()), 1e-300)


def _to_rest(
    rates: _Rates,
    confidence: float,
    family: int | None,
    low_limit: Limit,
    high_limit: Limit,
    *,
    ratio: bool,
) -> Comparison:
    """Two-sided comparisons of each group with all others; two groups make one comparison."""
    groups = rates.p.size
    rest_n = rates.n.sum() - rates.n
    rest_k = np.clip(rates.k.sum() - rates.k, 0.0, rest_n)
    if groups < 2:
        return rates.nothing("a single group has no rest")
    comparisons = 1 if groups == 2 else groups
    z = two_sided(share_of_confidence(confidence, rates.slices, family), comparisons)
    low, high = rates.bounds(z)
    rest = _Rates.of(rest_k, rest_n)
    rest_low, rest_high = rest.bounds(z)
    lows = low_limit(rates.p, low, rest.p, rest_high)
    highs = high_limit(rates.p, high, rest.p, rest_low)
    if ratio:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(rest.p > 0, rates.p / rest.p, np.nan)
    else:
        value = rates.p - rest.p
    return rates.spread(value, lows, highs, f"MOVER, Šidák for {comparisons} comparisons")


@dataclass(frozen=True, slots=True)
class _Rates:
    """The groups that have rows, and the way back to the full shape."""

    estimable: BoolArray  # (slices,)
    k: FloatArray  # (groups with rows,)
    n: FloatArray
    p: FloatArray

    @classmethod
    def of(cls, k: ArrayLike, n: ArrayLike) -> _Rates:
        successes, trials = counts(k, n)
        if successes.ndim != 1:
            raise ValueError(f"expected one entry a group, got shape {successes.shape}")
        estimable = trials > 0
        successes, trials = successes[estimable], trials[estimable]
        return cls(estimable, successes, trials, successes / trials)

    @property
    def slices(self) -> int:
        return int(self.estimable.size)

    def bounds(self, z: float) -> tuple[FloatArray, FloatArray]:
        """Limits of each rate with the tail that lies beyond z standard errors."""
        return tail_bounds(self.k, self.n, float(ndtr(-z)))

    def spread(
        self, value: FloatArray, low: FloatArray, high: FloatArray, method: str
    ) -> Comparison:
        """Back to one entry a slice; what has no value is not estimable."""
        full = np.full((3, self.slices), np.nan)
        full[:, self.estimable] = value, low, high
        estimable = np.isfinite(full[0])
        full[:, ~estimable] = np.nan
        return Comparison(full[0], full[1], full[2], estimable, method)

    def nothing(self, method: str) -> Comparison:
        blank = np.full(self.p.size, np.nan)
        return self.spread(blank, blank, blank, method)

"""Groups against each other with simultaneous intervals: every statement of a family holds at once.

With twenty groups and separate 95 % intervals a fair service fails somewhere in most audits. Here
the probability that *any* interval of the family misses its true value is at most 1 − confidence.

Each function takes arrays of shape (G,), one entry a group, and returns a `Comparison`. Counts may
be fractional (adjusted for a design effect). `family` is the number of slices over which a check
is simultaneous when it looks at several groupings; the default is the groups of the call.

Errors are not shared out among the checks of a run. Each check errs towards `fail` with probability
at most 2.5 % where one group lies exactly on its limit, and the checks that can lie on their limits
at once (ratio, demographic parity, equal opportunity, equalized odds) look at nearly the same
counts: at a true ratio of exactly 0.8 with base rate 0.5, where all of them do, 2 to 5 % of 1,000
runs had any fail (`python -m benchmarks.validity`), most with two large groups.

A group without trials is not estimable: its value and interval are NaN and it takes no part in the
others' comparison. It is never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shield.evidence.statistics import contrasts
from shield.evidence.statistics.contrasts import DIFFERENCE, RATIO, Contrast, Limits
from shield.evidence.statistics.estimates import (
    estimate_difference_to_reference,
    estimate_difference_to_rest,
)
from shield.evidence.statistics.proportions import counts
from shield.evidence.statistics.simultaneous import (
    Comparison,
    all_pairs,
    one_sided,
    share_of_confidence,
    two_sided,
)

__all__ = [
    "Comparison",
    "estimate_difference_to_reference",
    "estimate_difference_to_rest",
    "rate_difference_to_best",
    "rate_difference_to_overall",
    "rate_difference_to_reference",
    "rate_difference_to_rest",
    "rate_ratio_to_best",
    "rate_ratio_to_overall",
    "rate_ratio_to_reference",
    "rate_ratio_to_rest",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def rate_ratio_to_best(
    k: ArrayLike,
    n: ArrayLike,
    *,
    candidates: ArrayLike | None = None,
    confidence: float = 0.95,
    family: int | None = None,
) -> Comparison:
    """pᵢ / maxₕ pₕ in [0, 1]: the four-fifths rule's selection-rate ratio. See `_to_best`.

    Not estimable where nobody in any group succeeded (0/0).
    """
    return _to_best(_Rates.of(k, n), RATIO, confidence, family, candidates)


def rate_difference_to_best(
    k: ArrayLike,
    n: ArrayLike,
    *,
    candidates: ArrayLike | None = None,
    confidence: float = 0.95,
    family: int | None = None,
) -> Comparison:
    """pᵢ − maxₕ pₕ in [−1, 0]. See `_to_best`."""
    return _to_best(_Rates.of(k, n), DIFFERENCE, confidence, family, candidates)


def _to_best(
    rates: _Rates,
    contrast: Contrast,
    confidence: float,
    family: int | None,
    candidates: ArrayLike | None,
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

    `candidates`, shape (G,), marks the groups among which the best is sought (default: all). A
    group outside it is compared in the same way, but may lie above the best.
    """
    level = share_of_confidence(confidence, rates.slices, family)
    groups = rates.p.size
    if groups < 2:
        return rates.nothing("a single group has no other to be compared with")
    eligible = np.ones(groups, dtype=bool)
    if candidates is not None:
        eligible = np.asarray(candidates, dtype=bool)[rates.estimable]
    if not eligible.any():
        return rates.nothing("no group among which the best is sought has rows")
    limits = rates.limits(one_sided((1 + level) / 2, groups - 1))
    lows = contrast.low(limits.along(1), limits.along(0))  # (i, h)
    limits = rates.limits(all_pairs(level, groups))
    highs = contrast.high(limits.along(1), limits.along(0))
    np.fill_diagonal(lows, np.inf)
    np.fill_diagonal(highs, np.inf)
    ceiling = np.where(eligible, contrast.equal, np.inf)
    return rates.spread(
        contrast.value(rates.p, rates.p[eligible].max()),
        np.minimum(lows[:, eligible].min(axis=1), ceiling),
        np.minimum(highs[:, eligible].min(axis=1), ceiling),
        f"comparison with the best of {int(eligible.sum())} groups (Hsu, Tukey), exact tails",
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
    return _to_reference(_Rates.of(k, n), reference, RATIO, confidence, family)


def rate_difference_to_reference(
    k: ArrayLike,
    n: ArrayLike,
    reference: int,
    *,
    confidence: float = 0.95,
    family: int | None = None,
) -> Comparison:
    """pᵢ − p_reference; the reference itself is 0 by definition."""
    return _to_reference(_Rates.of(k, n), reference, DIFFERENCE, confidence, family)


def _to_reference(
    rates: _Rates, reference: int, contrast: Contrast, confidence: float, family: int | None
) -> Comparison:
    """G − 1 two-sided comparisons with one group, at Šidák's critical value."""
    if not rates.estimable[reference]:
        return rates.nothing("the reference group has no rows")
    at = int(rates.estimable[:reference].sum())
    level = share_of_confidence(confidence, rates.slices, family)
    limits = rates.limits(two_sided(level, rates.p.size - 1))
    lows = contrast.low(limits, limits.at(at).along(0))
    highs = contrast.high(limits, limits.at(at).along(0))
    lows[at] = highs[at] = contrast.equal
    value = contrast.value(rates.p, rates.p[at])
    method = f"exact tails, Šidák for {rates.p.size - 1} comparisons"
    return rates.spread(value, lows, highs, method)


def rate_difference_to_rest(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, family: int | None = None
) -> Comparison:
    """pᵢ − p_rest, where the rest is all rows that are not in the group.

    The rest counts as one binomial sample; it is a mixture, whose variance is smaller or equal.
    """
    return _to_rest(_Rates.of(k, n), DIFFERENCE, confidence, family)


def rate_ratio_to_rest(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, family: int | None = None
) -> Comparison:
    """pᵢ / p_rest, where the rest is all rows that are not in the group; NaN when p̂_rest is 0."""
    return _to_rest(_Rates.of(k, n), RATIO, confidence, family)


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
    rates: _Rates, contrast: Contrast, confidence: float, family: int | None
) -> Comparison:
    """Two-sided comparisons of each group with all others; two groups make one comparison."""
    groups = rates.p.size
    rest_n = rates.n.sum() - rates.n
    rest_k = np.clip(rates.k.sum() - rates.k, 0.0, rest_n)
    if groups < 2:
        return rates.nothing("a single group has no rest")
    comparisons = 1 if groups == 2 else groups
    z = two_sided(share_of_confidence(confidence, rates.slices, family), comparisons)
    rest = _Rates.of(rest_k, rest_n)
    group_limits, rest_limits = rates.limits(z), rest.limits(z)
    lows = contrast.low(group_limits, rest_limits)
    highs = contrast.high(group_limits, rest_limits)
    value = contrast.value(rates.p, rest.p)
    return rates.spread(value, lows, highs, f"exact tails, Šidák for {comparisons} comparisons")


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

    def limits(self, z: float) -> Limits:
        return contrasts.limits(self.k, self.n, z)

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

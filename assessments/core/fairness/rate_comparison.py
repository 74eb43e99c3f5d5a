"""Every group's rate against another: which numbers are compared, and with which intervals.

The simultaneous intervals come from `shield.evidence.statistics.comparisons`. Added here: the worst
group (the mirror image of the best), and all other rows when several rows belong to one person,
where the rest has a design effect of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from assessments.core.fairness.parameters import Against
from assessments.core.fairness.slices import large_enough
from assessments.core.metrics.rate_samples import RateSample
from shield.evidence.statistics import comparisons
from shield.evidence.statistics.contrasts import DIFFERENCE, RATIO, limits
from shield.evidence.statistics.simultaneous import (
    Comparison,
    all_pairs,
    share_of_confidence,
    two_sided,
)

Floats = NDArray[np.float64]


class Aggregate(StrEnum):
    """How two rates are set against each other."""

    RATIO = "ratio"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class RateComparison:
    """Values and intervals per group, and whom it was compared with.

    `other` is the index of the one group compared with, or None for rest and overall; `other_k`,
    `other_n` are the rows counted on the other side, shape (G,). `blocked` says why nothing can be
    compared, or "".
    """

    against: Against
    aggregate: Aggregate
    comparison: Comparison
    other: int | None
    other_k: Floats
    other_n: Floats
    blocked: str = ""


def compare_rates(
    sample: RateSample,
    against: Against,
    aggregate: Aggregate,
    *,
    confidence: float,
    family: int,
) -> RateComparison:
    """Compare all groups of a sample; `family` counts the slices over which intervals hold."""
    other = _other_group(sample, against)
    if against in (Against.REST, Against.OVERALL):
        own = sample.k, sample.n
        total = sample.k.sum(), sample.n.sum()
        other_k, other_n = (
            (total[0] - own[0], total[1] - own[1])
            if against is Against.REST
            else tuple(np.full_like(sample.n, each) for each in total)
        )
    else:
        at = other if other is not None else 0
        other_k, other_n = (np.full_like(sample.n, each[at]) for each in (sample.k, sample.n))
    blocked = _blocked(sample, against, aggregate, other)
    if blocked:
        nan = np.full_like(sample.n, np.nan)
        nothing = Comparison(nan, nan, nan, np.zeros(len(nan), dtype=bool), "")
        return RateComparison(against, aggregate, nothing, other, other_k, other_n, blocked)
    made = _COMPARED[against](sample, aggregate, other, confidence=confidence, family=family)
    return RateComparison(against, aggregate, made, other, other_k, other_n)


def _other_group(sample: RateSample, against: Against) -> int | None:
    values = np.where(large_enough(sample.grouping), sample.value(), np.nan)
    if against is Against.REFERENCE:
        return sample.grouping.reference
    if against not in (Against.BEST, Against.WORST) or not np.isfinite(values).any():
        return None
    return int(np.nanargmax(values) if against is Against.BEST else np.nanargmin(values))


def _blocked(sample: RateSample, against: Against, aggregate: Aggregate, other: int | None) -> str:
    """Why no group of the sample can be compared; "" when they can."""
    if (sample.n > 0).sum() < 2:
        return f"no two groups of {sample.grouping.name} have {sample.rate.among}"
    if against is Against.REFERENCE and other is None:
        return f"the manifest names no reference group for {sample.grouping.name}"
    if against in (Against.REST, Against.OVERALL):
        return ""
    assert other is not None
    if sample.n[other] == 0:
        return f"the reference group has no {sample.rate.among}"
    if aggregate is Aggregate.RATIO and sample.k[other] == 0:
        return f"the {sample.rate.name} of the group compared with is 0, so no ratio is defined"
    return ""


def _to_best(
    sample: RateSample, aggregate: Aggregate, other: int | None, *, confidence: float, family: int
) -> Comparison:
    ratio = aggregate is Aggregate.RATIO
    method = comparisons.rate_ratio_to_best if ratio else comparisons.rate_difference_to_best
    return method(
        sample.effective_k,
        sample.effective_n,
        candidates=large_enough(sample.grouping),
        confidence=confidence,
        family=family,
    )


def _to_reference(
    sample: RateSample, aggregate: Aggregate, other: int | None, *, confidence: float, family: int
) -> Comparison:
    assert other is not None
    ratio = aggregate is Aggregate.RATIO
    method = (
        comparisons.rate_ratio_to_reference if ratio else comparisons.rate_difference_to_reference
    )
    return method(
        sample.effective_k, sample.effective_n, other, confidence=confidence, family=family
    )


def _to_worst(
    sample: RateSample, aggregate: Aggregate, other: int | None, *, confidence: float, family: int
) -> Comparison:
    """Difference: the best of the complements. Ratio: Tukey's limits, which allow for the picking."""
    k, n = sample.effective_k, sample.effective_n
    if aggregate is Aggregate.DIFFERENCE:
        mirror = comparisons.rate_difference_to_best(
            n - k,
            n,
            candidates=large_enough(sample.grouping),
            confidence=confidence,
            family=family,
        )
        return Comparison(-mirror.value, -mirror.high, -mirror.low, mirror.estimable, mirror.method)
    assert other is not None
    some = n > 0
    z = all_pairs(share_of_confidence(confidence, len(n), family), int(some.sum()))
    every = limits(k, n, z)
    worst = every.at(other).along(0)
    lows, highs = RATIO.low(every, worst), RATIO.high(every, worst)
    lows[other] = highs[other] = RATIO.equal
    method = f"exact tails at Tukey's value for {int(some.sum())} groups"
    return Comparison(RATIO.value(every.rate, worst.rate), lows, highs, some, method)


def _to_rest(
    sample: RateSample, aggregate: Aggregate, other: int | None, *, confidence: float, family: int
) -> Comparison:
    ratio = aggregate is Aggregate.RATIO
    if not sample.clustered:
        compare = comparisons.rate_ratio_to_rest if ratio else comparisons.rate_difference_to_rest
        return compare(sample.k, sample.n, confidence=confidence, family=family)
    groups = int((sample.n > 0).sum())
    compared = 1 if groups == 2 else groups
    z = two_sided(share_of_confidence(confidence, len(sample.n), family), compared)
    contrast = RATIO if ratio else DIFFERENCE
    own = limits(sample.effective_k, sample.effective_n, z)
    rest = limits(sample.rest_k, sample.rest_n, z)
    value = contrast.value(own.rate, rest.rate)
    low, high = contrast.low(own, rest), contrast.high(own, rest)
    method = f"exact tails, Šidák for {compared} comparisons"
    return Comparison(value, low, high, np.isfinite(value), method)


def _to_overall(
    sample: RateSample, aggregate: Aggregate, other: int | None, *, confidence: float, family: int
) -> Comparison:
    """Through the rest, which does not overlap: p − p_all = (1 − w)(p − p_rest), w the share."""
    to_rest = _to_rest(sample, aggregate, other, confidence=confidence, family=family)
    share = sample.n / sample.n.sum()

    def through(value: Floats) -> Floats:
        if aggregate is Aggregate.DIFFERENCE:
            return value * (1.0 - share)
        # r / (w r + 1 − w) with r the ratio to the rest; 1 / w where r is infinite.
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1.0 / (share + (1.0 - share) / value)

    return Comparison(
        through(to_rest.value),
        through(to_rest.low),
        through(to_rest.high),
        to_rest.estimable,
        to_rest.method,
    )


_COMPARED = {
    Against.BEST: _to_best,
    Against.WORST: _to_worst,
    Against.REST: _to_rest,
    Against.OVERALL: _to_overall,
    Against.REFERENCE: _to_reference,
}

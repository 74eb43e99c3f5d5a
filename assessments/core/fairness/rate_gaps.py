"""Gap checks on rates: each group against another, and the largest gap between any two groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from assessments.core.check import CheckResult, Context
from assessments.core.fairness.describe_rates import lacking, rate_detail
from assessments.core.fairness.parameters import Against, against_text
from assessments.core.fairness.rate_comparison import Aggregate, RateComparison, compare_rates
from assessments.core.fairness.slices import (
    all_groups,
    compared_with,
    family_size,
    interval_of,
    large_enough,
    result,
    small_groups_note,
    undecided,
)
from assessments.core.metrics.rate_samples import RateSample, rate_samples
from assessments.core.metrics.rates import Rate
from assessments.core.metrics.wording import apart, group_text, of, percent, plural, with_article
from shield.evidence.measurement import Measurement
from shield.evidence.sentence import number
from shield.evidence.statistics.gaps import Gap, rate_gap, rate_ratio_gap

UNITS: Mapping[Aggregate, str] = {
    Aggregate.RATIO: "ratio",
    Aggregate.DIFFERENCE: "difference of rates",
}
_PREPOSITION: Mapping[Aggregate, str] = {Aggregate.RATIO: "to", Aggregate.DIFFERENCE: "from"}


def rate_gaps(
    check: str,
    context: Context,
    rate: Rate,
    aggregate: Aggregate,
    *,
    chosen: Against | None,
    default: Against = Against.REST,
) -> CheckResult:
    """Compare one rate over the groups of a binary subject."""
    samples = rate_samples(context.subject, rate)
    return rate_sample_gaps(check, context, samples, aggregate, chosen=chosen, default=default)


def rate_sample_gaps(
    check: str,
    context: Context,
    samples: Sequence[RateSample],
    aggregate: Aggregate,
    *,
    chosen: Against | None,
    default: Against = Against.REST,
) -> CheckResult:
    """Per group: its ratio or difference; per grouping: the largest gap, corrected for bias."""
    family = family_size(sample.grouping for sample in samples)
    measurements: list[Measurement] = []
    for sample in samples:
        against = compared_with(sample.grouping, chosen, default)
        compared = compare_rates(
            sample, against, aggregate, confidence=context.confidence, family=family
        )
        measurements += group_measurements(check, context, sample, compared, family=family)
        measurements.append(largest_gap(check, context, sample, aggregate, groupings=len(samples)))
    return result(context, measurements)


def group_measurements(
    check: str,
    context: Context,
    sample: RateSample,
    compared: RateComparison,
    *,
    family: int,
    extra: Mapping[str, str] | None = None,
) -> list[Measurement]:
    """One measurement per group. The reference itself is left out: it is 1 or 0 by definition."""
    made, unit = compared.comparison, UNITS[compared.aggregate]
    measurements = []
    for at, group in enumerate(sample.grouping.groups):
        if at == compared.other and compared.against is Against.REFERENCE:
            continue
        slice, n = {**group.slice, **(extra or {})}, int(sample.n[at])
        if not made.estimable[at]:
            reason = _reason(sample, compared, at)
            measurements.append(undecided(check, slice, reason, n=n, unit=unit))
            continue
        measurements.append(
            Measurement(
                check=check,
                value=float(made.value[at]),
                interval=interval_of(made.low[at], made.high[at]),
                slice=slice,
                confidence=context.confidence,
                simultaneous=True,
                n=n,
                unit=unit,
                reference=reference_of(sample, compared),
                method=f"{sample.rate.formula}, {compared.aggregate}"
                f" {_PREPOSITION[compared.aggregate]} {against_text(compared.against, sample.rate.name)}; {made.method}; simultaneous over {family} slices"
                + ("; Rao–Scott design effect for rows of one person" if sample.clustered else ""),
                statement=_statement(sample, compared, at, group.slice),
                detail=_detail(sample, compared, at),
            )
        )
    return measurements


def reference_of(sample: RateSample, compared: RateComparison) -> Mapping[str, str] | str:
    """What stands in a measurement as its reference: a slice, or "rest" or "overall"."""
    if compared.other is None:
        return compared.against.value
    return dict(sample.grouping.groups[compared.other].slice)


def _reason(sample: RateSample, compared: RateComparison, at: int) -> str:
    if sample.n[at] == 0:
        return lacking(sample)
    if compared.blocked:
        return compared.blocked
    if compared.other_n[at] == 0:
        return f"the rows that the group is compared with hold no {sample.rate.among}"
    return (
        f"the {sample.rate.name} of {against_text(compared.against)} is 0, so no ratio is defined"
    )


def _statement(
    sample: RateSample, compared: RateComparison, at: int, slice: Mapping[str, str]
) -> str:
    """The group's rate, its distance, and the other side's rate, with the counts of both."""
    name = sample.rate.name
    own = f"{percent(sample.k[at] / sample.n[at])} ({of(sample.k[at], sample.n[at])})"
    other_rate = compared.other_k[at] / compared.other_n[at]
    other = f"{percent(other_rate)}, {of(compared.other_k[at], compared.other_n[at])}"
    head = f"Group {group_text(slice)} has {with_article(name)} of {own}"
    value = compared.comparison.value[at]
    if at == compared.other:
        rank = "highest" if compared.against is Against.BEST else "lowest"
        large = int(large_enough(sample.grouping).sum())
        size = f" of at least {sample.grouping.minimum} rows" if large < len(sample.n) else ""
        return f"{head}, the {rank} of the {plural(large, 'group')}{size}."
    how = f"{number(value)} times" if compared.aggregate is Aggregate.RATIO else apart(float(value))
    if compared.other is None:
        return (
            f"{head}, {how} that of {against_text(compared.against, sample.rate.name)} ({other})."
        )
    whom = group_text(sample.grouping.groups[compared.other].slice)
    whose = against_text(compared.against, sample.rate.name)
    extreme = compared.against in (Against.BEST, Against.WORST)
    if extreme and not large_enough(sample.grouping).all():
        whose += f" among those of at least {sample.grouping.minimum} rows"
    return f"{head}, {how} that of {whom} ({other}), {whose}."


def _detail(sample: RateSample, compared: RateComparison, at: int) -> dict[str, object]:
    k, n = float(compared.other_k[at]), float(compared.other_n[at])
    return {
        **rate_detail(sample, at),
        "comparison": compared.against.value,
        "reference_rate": k / n,
        "reference_successes": int(k),
        "reference_trials": int(n),
    }


def largest_gap(
    check: str,
    context: Context,
    sample: RateSample,
    aggregate: Aggregate,
    *,
    groupings: int,
    extra: Mapping[str, str] | None = None,
) -> Measurement:
    """max − min (or min ÷ max) over the groups, without the part that chance adds."""
    large = large_enough(sample.grouping)
    counted = np.where(large, sample.n, 0.0)
    slice, n = {**all_groups(sample.grouping), **(extra or {})}, int(counted.sum())
    gap_of = rate_ratio_gap if aggregate is Aggregate.RATIO else rate_gap
    gap = gap_of(
        np.where(large, sample.effective_k, 0.0),
        np.where(large, sample.effective_n, 0.0),
        confidence=context.confidence ** (1.0 / groupings),
        rng=context.rng,
    )
    if math.isnan(gap.value):
        reason = f"no two groups of {sample.grouping.name} have {sample.rate.among}"
        if (counted > 0).sum() >= 2:
            reason = f"the {sample.rate.name} of every group is 0"
        return undecided(check, slice, reason, n=n, unit=UNITS[aggregate])
    value = np.where(large, sample.value(), np.nan)
    best, worst = int(np.nanargmax(value)), int(np.nanargmin(value))
    return Measurement(
        check=check,
        value=gap.value,
        interval=interval_of(*gap.interval),
        slice=slice,
        confidence=context.confidence,
        simultaneous=groupings > 1,
        n=n,
        unit=UNITS[aggregate],
        null_gap=gap.null_gap,
        method=f"{sample.rate.formula}; {gap.method}",
        seed=context.seed,
        statement=_gap_statement(sample, aggregate, gap, best=best, worst=worst),
        detail={
            "uncorrected": gap.naive,
            "p_value": gap.p_value,
            "groups": int((counted > 0).sum()),
            "highest": {**rate_detail(sample, best), "slice": dict(_slice(sample, best))},
            "lowest": {**rate_detail(sample, worst), "slice": dict(_slice(sample, worst))},
        },
    )


def _slice(sample: RateSample, at: int) -> Mapping[str, str]:
    return sample.grouping.groups[at].slice


def _gap_statement(
    sample: RateSample, aggregate: Aggregate, gap: Gap, *, best: int, worst: int
) -> str:
    groups = plural(int((large_enough(sample.grouping) & (sample.n > 0)).sum()), "group")
    ends = [
        f"{percent(sample.value()[at])} ({group_text(_slice(sample, at))},"
        f" {of(sample.k[at], sample.n[at])})"
        for at in (worst, best)
    ]
    word = "ratio" if aggregate is Aggregate.RATIO else "gap"
    return (
        f"Over the {groups} of {sample.grouping.name} the {sample.rate.name} ranges from {ends[0]}"
        f" to {ends[1]}: a {word} of {number(gap.naive)}, {number(gap.value)} once the part that"
        f" chance adds is removed. With equal rates, groups of these sizes would show a {word} of"
        f" {number(gap.null_gap)} on average.{small_groups_note(sample.grouping)}"
    )

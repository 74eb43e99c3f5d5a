"""Gap checks on metrics that are not shares of rows: AUC, calibration, errors of a regression.

Differences combine the limits of both sides by their tails (`shield.evidence.statistics.contrasts`),
at the critical value of the comparison: Šidák for comparisons with the rest or with a reference that
was named beforehand, Tukey's for the best and the worst group, because those were picked by their
values. Against everybody, of whom the group is a part, the two sides count as independent; as they
vary together, that interval is too wide rather than too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.core.check import CheckResult, Context
from assessments.core.fairness.describe_estimates import group_rows, method_of, why_not
from assessments.core.fairness.parameters import Against, against_text
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
from assessments.core.metrics.estimate_samples import EstimateSample
from assessments.core.metrics.estimates import Estimates, Floats
from assessments.core.metrics.wording import apart, group_text, plural, with_article
from shield.evidence.measurement import Measurement
from shield.evidence.sentence import number
from shield.evidence.statistics.contrasts import DIFFERENCE, Limits, limits_of
from shield.evidence.statistics.gaps import estimate_gap
from shield.evidence.statistics.simultaneous import all_pairs, share_of_confidence, two_sided


@dataclass(frozen=True, slots=True)
class EstimateComparison:
    """Differences per group, (G,); `other` is the index of the one group compared with, or None."""

    against: Against
    value: Floats
    low: Floats
    high: Floats
    estimable: NDArray[np.bool_]
    other: int | None
    other_value: Floats
    method: str
    blocked: str = ""


def estimate_gaps(
    check: str, context: Context, samples: Sequence[EstimateSample], *, chosen: Against | None
) -> CheckResult:
    """Per group: its difference; per grouping: the largest gap, corrected for bias."""
    family = family_size(sample.grouping for sample in samples)
    measurements = [
        each
        for sample in samples
        for each in estimate_gap_of(
            check, context, sample, chosen=chosen, family=family, groupings=len(samples)
        )
    ]
    return result(context, measurements)


def estimate_gap_of(
    check: str,
    context: Context,
    sample: EstimateSample,
    *,
    chosen: Against | None,
    family: int,
    groupings: int,
) -> list[Measurement]:
    """The measurements of one grouping; `family` slices hold at once, and `groupings` gaps."""
    against = compared_with(sample.grouping, chosen)
    compared = compare_estimates(sample, against, confidence=context.confidence, family=family)
    return [
        *_group_measurements(check, context, sample, compared, family),
        _largest_gap(check, context, sample, groupings=groupings),
    ]


def compare_estimates(
    sample: EstimateSample, against: Against, *, confidence: float, family: int
) -> EstimateComparison:
    """Every group's value minus that of the other side, with simultaneous intervals."""
    usable, groups = sample.own.usable(), len(sample.grouping.groups)
    blocked, other = _other_group(sample, against, usable)
    level = share_of_confidence(confidence, groups, family)
    some = max(int(usable.sum()), 2)
    if against in (Against.BEST, Against.WORST):
        z, method = all_pairs(level, some), f"Tukey for {some} groups"
    else:
        taken = some - 1 if against is Against.REFERENCE or some == 2 else some
        z, method = two_sided(level, taken), f"Šidák for {taken} comparisons"
    side = {Against.REST: sample.rest, Against.OVERALL: sample.everybody}.get(against, sample.own)
    at = slice(None) if other is None else slice(other, other + 1)
    with np.errstate(invalid="ignore"):
        own = limits_of(sample.own.value, sample.own.interval, z)
        every = own if side is sample.own else limits_of(side.value, side.interval, z)
        compared = Limits(every.rate[at], every.low[:, at], every.high[:, at])
        ends = [contrast(own, compared) for contrast in (DIFFERENCE.low, DIFFERENCE.high)]
    value = np.broadcast_to(compared.rate, (groups,))
    estimable = usable & np.broadcast_to(side.usable()[at], (groups,)) & (not blocked)
    if other is not None:
        for each in ends:
            each[other] = 0.0
    return EstimateComparison(
        against,
        sample.own.value - value,
        ends[0],
        ends[1],
        estimable,
        other,
        value,
        method,
        blocked,
    )


def _other_group(
    sample: EstimateSample, against: Against, usable: NDArray[np.bool_]
) -> tuple[str, int | None]:
    """Why nothing can be compared ("" when it can), and the group compared with."""
    name = sample.metric.name
    if usable.sum() < 2:
        return (
            f"no two groups of {sample.grouping.name} have {with_article(name)} with an interval",
            None,
        )
    if against in (Against.REST, Against.OVERALL):
        return "", None
    if against is Against.REFERENCE:
        reference = sample.grouping.reference
        if reference is None:
            return f"the manifest names no reference group for {sample.grouping.name}", None
        return ("" if usable[reference] else f"the reference group has no {name}"), reference
    values = np.where(usable & large_enough(sample.grouping), sample.own.value, np.nan)
    if not np.isfinite(values).any():
        return f"no group of at least {sample.grouping.minimum} rows has {with_article(name)}", None
    return "", int(np.nanargmax(values) if against is Against.BEST else np.nanargmin(values))


def _group_measurements(
    check: str, context: Context, sample: EstimateSample, compared: EstimateComparison, family: int
) -> list[Measurement]:
    measurements, unit = [], f"difference of {sample.metric.name}"
    for at, group in enumerate(sample.grouping.groups):
        if compared.against is Against.REFERENCE and at == compared.other:
            continue
        n = group_rows(sample, at)
        if not compared.estimable[at]:
            reason = compared.blocked or why_not(sample, at)
            if sample.own.usable()[at] and not compared.blocked:
                reason = f"the rows compared with have no {sample.metric.name}"
            measurements.append(undecided(check, group.slice, reason, n=n, unit=unit))
            continue
        measurements.append(
            Measurement(
                check=check,
                value=float(compared.value[at]),
                interval=interval_of(compared.low[at], compared.high[at]),
                slice=dict(group.slice),
                confidence=context.confidence,
                simultaneous=True,
                n=n,
                unit=unit,
                reference=dict(sample.grouping.groups[compared.other].slice)
                if compared.other is not None
                else compared.against.value,
                method=f"{method_of(sample)}; difference from"
                f" {against_text(compared.against, sample.metric.name)} by the tails of both,"
                f" {compared.method}; simultaneous over {family} slices",
                statement=_statement(sample, compared, at),
                detail={
                    "value": float(sample.own.value[at]),
                    "reference_value": float(compared.other_value[at]),
                    "ratio": _ratio(sample.own.value[at], compared.other_value[at]),
                    "comparison": compared.against.value,
                    **sample.facts_of(at),
                },
            )
        )
    return measurements


def _ratio(own: float, other: float) -> float | None:
    """Own value over the other side's; None where that is not above 0."""
    return float(own) / float(other) if other > 0 else None


def _statement(sample: EstimateSample, compared: EstimateComparison, at: int) -> str:
    name = sample.metric.name
    head = (
        f"Group {group_text(sample.grouping.groups[at].slice)} has {with_article(name)} of"
        f" {number(float(sample.own.value[at]))} ({plural(group_rows(sample, at), 'row')})"
    )
    if at == compared.other:
        rank = "highest" if compared.against is Against.BEST else "lowest"
        return f"{head}, the {rank} of the {plural(len(sample.grouping.groups), 'group')}."
    whom = against_text(compared.against, name)
    if compared.other is not None:
        whom = f"{group_text(sample.grouping.groups[compared.other].slice)}, {whom}"
    other = number(float(compared.other_value[at]))
    return f"{head}, {apart(float(compared.value[at]))} that of {whom} ({other})."


def _largest_gap(
    check: str, context: Context, sample: EstimateSample, *, groupings: int
) -> Measurement:
    grouping = sample.grouping
    usable = sample.own.usable() & large_enough(grouping)
    value = np.where(usable, sample.own.value, np.nan)
    error = np.where(usable, _deviation(sample.own), np.nan)
    gap = estimate_gap(
        value,
        error,
        confidence=context.confidence ** (1.0 / groupings),
        rng=context.rng,
        interval_of=sample.own.interval,
    )
    unit, n = f"difference of {sample.metric.name}", int(grouping.sizes[usable].sum())
    if math.isnan(gap.value):
        reason = f"no two groups of {grouping.name} have {with_article(sample.metric.name)} with an interval"
        return undecided(check, all_groups(grouping), reason, n=n, unit=unit)
    best, worst = int(np.nanargmax(value)), int(np.nanargmin(value))
    ends = [
        f"{number(value[at])} ({group_text(grouping.groups[at].slice)})" for at in (worst, best)
    ]
    return Measurement(
        check=check,
        value=gap.value,
        interval=interval_of(*gap.interval),
        slice=all_groups(grouping),
        confidence=context.confidence,
        simultaneous=groupings > 1,
        n=n,
        unit=unit,
        null_gap=gap.null_gap,
        method=f"{method_of(sample)}; {gap.method}",
        seed=context.seed,
        statement=f"Over the {plural(int(usable.sum()), 'group')} of {grouping.name} the"
        f" {sample.metric.name} ranges from {ends[0]} to {ends[1]}: a gap of {number(gap.naive)},"
        f" {number(gap.value)} once the part that chance adds is removed. With equal values, groups"
        f" of these sizes would show a gap of {number(gap.null_gap)} on average."
        f"{small_groups_note(grouping)}",
        detail={
            "uncorrected": gap.naive,
            "p_value": gap.p_value,
            "groups": int(usable.sum()),
            "highest": {"slice": dict(grouping.groups[best].slice), "value": float(value[best])},
            "lowest": {"slice": dict(grouping.groups[worst].slice), "value": float(value[worst])},
        },
    )


def _deviation(estimates: Estimates) -> Floats:
    """Standard error as the interval sees it: half its width at one standard error.

    For an estimate at the end of its range the plain standard error is 0, which no gap may trust.
    """
    with np.errstate(invalid="ignore"):
        low, high = estimates.interval(1.0)
    return (high - low) / 2.0

"""A metric of every group with its interval, for metrics that are not shares of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assessments.core.check import CheckResult, Context
from assessments.core.fairness.slices import family_size, interval_of, result, undecided
from assessments.core.metrics.estimate_samples import EstimateSample
from assessments.core.metrics.wording import group_text, plural, with_article
from shield.evidence.measurement import Measurement
from shield.evidence.sentence import number
from shield.evidence.statistics.simultaneous import two_sided


def describe_estimates(
    check: str, context: Context, samples: Sequence[EstimateSample]
) -> CheckResult:
    """One measurement per group; intervals hold for all groups at once (Šidák)."""
    family = family_size(sample.grouping for sample in samples)
    measurements = [
        each for sample in samples for each in describe_estimate(check, context, sample, family)
    ]
    return result(context, measurements)


def describe_estimate(
    check: str, context: Context, sample: EstimateSample, family: int
) -> list[Measurement]:
    """The metric of every group of one grouping."""
    usable, measurements = sample.own.usable(), []
    with np.errstate(invalid="ignore"):
        low, high = sample.own.interval(two_sided(context.confidence, family))
    for at, group in enumerate(sample.grouping.groups):
        n, unit = group_rows(sample, at), sample.metric.unit
        if not usable[at]:
            measurements.append(undecided(check, group.slice, why_not(sample, at), n=n, unit=unit))
            continue
        value = float(sample.own.value[at])
        measurements.append(
            Measurement(
                check=check,
                value=value,
                interval=interval_of(low[at], high[at]),
                slice=dict(group.slice),
                confidence=context.confidence,
                simultaneous=True,
                n=n,
                unit=unit,
                method=f"{method_of(sample)}; Šidák over {family} slices",
                statement=f"Group {group_text(group.slice)} has {with_article(sample.metric.name)}"
                f" of {number(value)} ({plural(n, 'row')}).",
                detail={"value": value, **sample.facts_of(at)},
            )
        )
    return measurements


def group_rows(sample: EstimateSample, at: int) -> int:
    """Rows of the group (for a clustered rate `own.n` is an effective number)."""
    return sample.grouping.groups[at].n


def method_of(sample: EstimateSample) -> str:
    """Formula and interval method in words."""
    text = f"{sample.metric.formula}; {sample.metric.interval}"
    return f"{text}; persons as units" if sample.clustered else text


def why_not(sample: EstimateSample, at: int) -> str:
    """Why a group has no usable value."""
    if np.isfinite(sample.own.value[at]):
        return (
            f"the {sample.metric.name} of the group shows no spread, so its uncertainty is unknown"
        )
    return f"{sample.metric.lacking}, so its {sample.metric.name} is not defined"

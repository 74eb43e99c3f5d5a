"""A rate of every group with its interval: the descriptive checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assessments.core.check import CheckResult, Context
from assessments.core.fairness.slices import family_size, interval_of, result, undecided
from assessments.core.metrics.rate_samples import RateSample, rate_samples
from assessments.core.metrics.rates import Rate
from assessments.core.metrics.wording import group_text, of, percent, with_article
from shield.evidence.measurement import Measurement
from shield.evidence.statistics.proportions import rate_interval


def describe_rates(check: str, context: Context, rate: Rate) -> CheckResult:
    """One measurement per group of a binary subject."""
    return describe_rate_samples(check, context, rate_samples(context.subject, rate))


def describe_rate_samples(
    check: str, context: Context, samples: Sequence[RateSample]
) -> CheckResult:
    """One measurement per group; intervals hold for all groups at once (Šidák)."""
    family = family_size(sample.grouping for sample in samples)
    measurements = [
        each for sample in samples for each in describe_sample(check, context, sample, family)
    ]
    return result(context, measurements)


def describe_sample(
    check: str,
    context: Context,
    sample: RateSample,
    family: int,
    extra: Mapping[str, str] | None = None,
) -> list[Measurement]:
    """The rate of every group of one grouping; `extra` adds to the slices (a class, say)."""
    each = context.confidence ** (1.0 / family)
    low, high = rate_interval(sample.effective_k, sample.effective_n, each)
    values, rate = sample.value(), sample.rate
    measurements = []
    for at, group in enumerate(sample.grouping.groups):
        slice, n = {**group.slice, **(extra or {})}, int(sample.n[at])
        if n == 0:
            reason = lacking(sample)
            measurements.append(undecided(check, slice, reason, n=0, unit="rate"))
            continue
        measurements.append(
            Measurement(
                check=check,
                value=float(values[at]),
                interval=interval_of(low[at], high[at]),
                slice=slice,
                confidence=context.confidence,
                simultaneous=True,
                n=n,
                unit="rate",
                method=f"{rate.formula}; {interval_method(sample)}; Šidák over {family} slices",
                statement=f"Group {group_text(group.slice)} has {with_article(rate.name)} of {percent(values[at])}:"
                f" {of(sample.k[at], n)} {rate.among} {rate.counted}.",
                detail=rate_detail(sample, at),
            )
        )
    return measurements


def lacking(sample: RateSample) -> str:
    """Why a group has no rate."""
    return f"the group has no {sample.rate.among}, so its {sample.rate.name} is not defined"


def interval_method(sample: RateSample) -> str:
    """How the interval of the rate was made."""
    base = "equal-tailed Beta interval between Clopper–Pearson and Jeffreys"
    return f"{base}, Rao–Scott design effect for rows of one person" if sample.clustered else base


def rate_detail(sample: RateSample, at: int) -> dict[str, object]:
    """The numbers behind a rate, for charts and tables."""
    detail: dict[str, object] = {
        "rate": float(sample.value()[at]) if sample.n[at] else None,
        "successes": int(sample.k[at]),
        "trials": int(sample.n[at]),
    }
    if sample.clustered:
        detail["design_effect"] = float(sample.design_effect[at])
        detail["effective_trials"] = float(sample.effective_n[at])
    return detail

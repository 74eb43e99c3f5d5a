"""Measurements of everybody together: one number with its interval, slice {} (or one class)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assessments.core.check import CheckResult, Context
from assessments.core.metrics.estimate_samples import EstimateSample
from assessments.core.metrics.overall_samples import everybody
from assessments.core.metrics.rate_samples import RateSample, rate_samples
from assessments.core.metrics.rates import Rate
from assessments.core.metrics.wording import of, percent, plural
from shield.evidence.measurement import Interval, Measurement, unmeasured
from shield.evidence.outcome import Outcome
from shield.evidence.sentence import number
from shield.evidence.statistics.proportions import rate_interval
from shield.evidence.statistics.simultaneous import two_sided

_BETA = "equal-tailed Beta interval between Clopper–Pearson and Jeffreys"


def measure_rate(check: str, context: Context, rate: Rate) -> CheckResult:
    """A rate of everybody, from the cells of a binary subject."""
    sample = rate_samples(everybody(context.subject), rate)[0]
    return CheckResult((rate_measurement(check, context, sample),))


def rate_measurement(
    check: str,
    context: Context,
    sample: RateSample,
    *,
    slice: Mapping[str, str] | None = None,
    family: int = 1,
) -> Measurement:
    """One rate of everybody; `family` counts the slices whose intervals hold at once."""
    rate, n = sample.rate, int(sample.n[0])
    where = dict(slice or {})
    if n == 0:
        reason = f"there are no {rate.among}, so the {rate.name} is not defined"
        return nothing(check, reason, n=0, unit="rate", slice=where)
    low, high = rate_interval(
        sample.effective_k, sample.effective_n, context.confidence ** (1.0 / family)
    )
    value = float(sample.k[0]) / n
    detail: dict[str, object] = {"rate": value, "successes": int(sample.k[0]), "trials": n}
    method = f"{rate.formula}; {_BETA}"
    if sample.clustered:
        method += ", Rao–Scott design effect for rows of one person"
        detail["design_effect"] = float(sample.design_effect[0])
    return Measurement(
        check=check,
        value=value,
        interval=Interval(float(low[0]), float(high[0])),
        slice=where,
        confidence=context.confidence,
        simultaneous=family > 1,
        n=n,
        unit="rate",
        method=method,
        statement=f"The {rate.name} is {percent(value)}: {of(sample.k[0], n)} {rate.among}"
        f" {rate.counted}.",
        detail=detail,
    )


def f1_measurement(
    check: str,
    context: Context,
    overlap: RateSample,
    ends: tuple[float, float, float],
    *,
    slice: Mapping[str, str] | None = None,
) -> Measurement:
    """F1 (value, low, high) made from the rows that are both, and either, selected and favourable."""
    value, low, high = ends
    both, either = int(overlap.k[0]), int(overlap.n[0])
    name = overlap.rate.name if slice else "F1"
    return Measurement(
        check=check,
        value=value,
        interval=Interval(low, high),
        slice=dict(slice or {}),
        confidence=context.confidence,
        simultaneous=slice is not None,
        n=either,
        unit="rate",
        method=f"2 TP / (2 TP + FP + FN); {_BETA} of the Jaccard index, transformed",
        statement=f"The {name} is {number(value)}: {of(both, either)} {overlap.rate.among}"
        f" {overlap.rate.counted}.",
        detail={"value": value, "successes": both, "trials": either},
    )


def measure_estimate(check: str, context: Context, sample: EstimateSample) -> CheckResult:
    """A metric of everybody that is not a share of rows."""
    return CheckResult((estimate_measurement(check, context, sample),))


def estimate_measurement(
    check: str, context: Context, sample: EstimateSample, *, family: int = 1
) -> Measurement:
    """The metric of everybody with its interval."""
    metric, n = sample.metric, sample.grouping.groups[0].n
    if not sample.own.usable()[0]:
        known = bool(np.isfinite(sample.own.value[0]))
        reason = (
            f"the {metric.name} shows no spread, so its uncertainty is unknown"
            if known
            else f"{metric.lacking.replace('the group', 'the data')}, so the {metric.name} is not"
            " defined"
        )
        return nothing(check, reason, n=n, unit=metric.unit, slice={})
    low, high = sample.own.interval(two_sided(context.confidence, family))
    value = float(sample.own.value[0])
    method = f"{metric.formula}; {metric.interval}"
    return Measurement(
        check=check,
        value=value,
        interval=Interval(float(low[0]), float(high[0])),
        confidence=context.confidence,
        simultaneous=family > 1,
        n=n,
        unit=metric.unit,
        method=f"{method}; persons as units" if sample.clustered else method,
        statement=f"The {metric.name} over {plural(n, 'row')} is {number(value)}.",
        detail={"value": value, **sample.facts_of(0)},
    )


def nothing(check: str, reason: str, *, n: int, unit: str, slice: Mapping[str, str]) -> Measurement:
    """A value that the data cannot give: inconclusive with the reason, never 0."""
    return unmeasured(
        check, reason, outcome=Outcome.INCONCLUSIVE, slice=dict(slice), n=n, unit=unit
    )

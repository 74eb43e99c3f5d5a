"""What the multi-class checks share: a slice per group and class, and one for the mean over classes."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context
from assessments.core.fairness.describe_estimates import describe_estimate
from assessments.core.fairness.describe_rates import describe_sample
from assessments.core.fairness.estimate_gaps import estimate_gap_of
from assessments.core.fairness.parameters import Against
from assessments.core.fairness.rate_comparison import Aggregate, compare_rates
from assessments.core.fairness.rate_gaps import group_measurements, largest_gap
from assessments.core.fairness.slices import compared_with, family_size, result
from assessments.core.metrics.class_samples import class_samples, macro_sample
from assessments.core.metrics.rates import Rate
from assessments.core.subject import Grouping
from shield.evidence.measurement import Measurement


def class_key(grouping: Grouping) -> str:
    """The key of a slice that names the class; "class" unless a sensitive column is called so."""
    return "class" if "class" not in grouping.columns else "class of the decision"


def describe_classes(check: str, context: Context, rate: Rate, *, macro: bool) -> CheckResult:
    """The rate of every class in every group, and its mean over classes where `macro`."""
    subject = context.subject
    family = family_size(subject.groupings) * (len(subject.classes) + macro)
    measurements: list[Measurement] = []
    for parts in class_samples(subject, rate):
        for name, sample in zip(subject.classes, parts, strict=True):
            extra = {class_key(sample.grouping): name}
            measurements += describe_sample(check, context, sample, family, extra)
        if macro:
            mean = macro_sample(rate, parts)
            measurements += describe_estimate(check, context, mean, family)
    return result(context, measurements)


def class_gaps(
    check: str, context: Context, rate: Rate, *, chosen: Against | None, macro: bool
) -> CheckResult:
    """Differences of every class and group, and of the mean over classes where `macro`."""
    subject = context.subject
    parts_each = len(subject.classes) + macro
    family = family_size(subject.groupings) * parts_each
    gaps = len(subject.groupings) * parts_each
    measurements: list[Measurement] = []
    for parts in class_samples(subject, rate):
        for name, sample in zip(subject.classes, parts, strict=True):
            extra = {class_key(sample.grouping): name}
            compared = compare_rates(
                sample,
                compared_with(sample.grouping, chosen),
                Aggregate.DIFFERENCE,
                confidence=context.confidence,
                family=family,
            )
            measurements += group_measurements(
                check, context, sample, compared, family=family, extra=extra
            )
            measurements.append(
                largest_gap(
                    check, context, sample, Aggregate.DIFFERENCE, groupings=gaps, extra=extra
                )
            )
        if macro:
            mean = macro_sample(rate, parts)
            measurements += estimate_gap_of(
                check, context, mean, chosen=chosen, family=family, groupings=gaps
            )
    return result(context, measurements)

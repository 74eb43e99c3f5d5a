"""F1 of each class."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.classes import one_against_rest
from assessments.core.metrics.counts import confusion_counts
from assessments.core.metrics.overall_samples import class_overlaps, everybody, f1_from_sample
from assessments.core.metrics.rates import OVERLAP
from assessments.core.performance.measure import f1_measurement, nothing
from assessments.core.subject import Need, Task
from shield.evidence.measurement import Measurement

ID = "performance.class_f1"


@check(
    id=ID,
    title="F1 of each class",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.MULTICLASS},
)
def class_f1(context: Context, parameters: NoParameters) -> CheckResult:
    """2 TP / (2 TP + FP + FN) of each class against the others; range [0, 1], one slice per class.

    Undefined for a class that neither occurs nor is decided.
    """
    subject = everybody(context.subject)
    assert subject.decision is not None
    k = len(subject.classes)
    counts = confusion_counts(subject.groupings, subject.label, subject.decision, k)[0]
    samples = class_overlaps(subject, OVERLAP, one_against_rest(counts))
    measurements: list[Measurement] = []
    for name, sample in zip(subject.classes, samples, strict=True):
        slice = {"class": name}
        if sample.n[0] == 0:
            reason = f"there are no {sample.rate.among}, so its F1 is not defined"
            measurements.append(nothing(ID, reason, n=0, unit="rate", slice=slice))
            continue
        ends = f1_from_sample(sample, context.confidence ** (1.0 / k))
        measurements.append(f1_measurement(ID, context, sample, ends, slice=slice))
    return CheckResult(tuple(measurements))

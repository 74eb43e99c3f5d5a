"""Precision of each class."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.class_samples import PRECISION, class_samples
from assessments.core.metrics.overall_samples import everybody
from assessments.core.performance.measure import rate_measurement
from assessments.core.subject import Need, Task

ID = "performance.class_precision"


@check(
    id=ID,
    title="Precision of each class",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.MULTICLASS},
)
def class_precision(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows decided as a class, the share that are of it; range [0, 1], one slice per class.

    Undefined for a class that is never decided.
    """
    subject = everybody(context.subject)
    parts = class_samples(subject, PRECISION)[0]
    return CheckResult(
        tuple(
            rate_measurement(ID, context, part, slice={"class": name}, family=len(parts))
            for name, part in zip(subject.classes, parts, strict=True)
        )
    )

"""Recall of each class."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.class_samples import RECALL, class_samples
from assessments.core.metrics.overall_samples import everybody
from assessments.core.performance.measure import rate_measurement
from assessments.core.subject import Need, Task

ID = "performance.class_recall"


@check(
    id=ID,
    title="Recall of each class",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.MULTICLASS},
)
def class_recall(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows of a class, the share decided as it; range [0, 1], one slice per class.

    Undefined for a class without rows.
    """
    subject = everybody(context.subject)
    parts = class_samples(subject, RECALL)[0]
    return CheckResult(
        tuple(
            rate_measurement(ID, context, part, slice={"class": name}, family=len(parts))
            for name, part in zip(subject.classes, parts, strict=True)
        )
    )

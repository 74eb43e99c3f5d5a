"""Accuracy."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.class_samples import accuracy_samples
from assessments.core.metrics.overall_samples import everybody
from assessments.core.performance.measure import rate_measurement
from assessments.core.subject import Need, Task

ID = "performance.accuracy"


@check(
    id=ID,
    title="Accuracy",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.BINARY, Task.MULTICLASS},
)
def accuracy(context: Context, parameters: NoParameters) -> CheckResult:
    """Share of rows decided as labelled, for two or more classes; range [0, 1].

    Where one class is rare, always deciding the other already gives a high accuracy: read it with the
    balanced accuracy.
    """
    sample = accuracy_samples(everybody(context.subject))[0]
    return CheckResult((rate_measurement(ID, context, sample),))

"""Balanced accuracy."""

from __future__ import annotations

from dataclasses import replace

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.class_samples import RECALL, class_samples, macro_sample
from assessments.core.metrics.overall_samples import everybody
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.balanced_accuracy"


@check(
    id=ID,
    title="Balanced accuracy",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.BINARY, Task.MULTICLASS},
)
def balanced_accuracy(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean over classes of the share of each class that is recognised; range [0, 1].

    For two classes (TPR + TNR) / 2. A rare class counts as much as a frequent one; guessing gives 1
    over the number of classes. Undefined when a class has no row.
    """
    subject = everybody(context.subject)
    if subject.task is Task.BINARY:
        subject = replace(subject, classes=("unfavourable", "favourable"))
    sample = macro_sample(RECALL, class_samples(subject, RECALL)[0])
    named = replace(sample, metric=replace(sample.metric, name="balanced accuracy"))
    return measure_estimate(ID, context, named)

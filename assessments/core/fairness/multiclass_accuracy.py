"""Accuracy per group, for several classes."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rate_samples
from assessments.core.metrics.class_samples import accuracy_samples
from assessments.core.subject import Need, Task

ID = "fairness.multiclass_accuracy"


@check(
    id=ID,
    title="Accuracy per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.MULTICLASS},
)
def multiclass_accuracy(context: Context, parameters: NoParameters) -> CheckResult:
    """Share of each group's rows whose decided class is the true one.

    Range [0, 1]. Undefined for a group without rows.
    """
    return describe_rate_samples(ID, context, accuracy_samples(context.subject))

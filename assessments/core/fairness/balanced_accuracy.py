"""Balanced accuracy per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_estimates import describe_estimates
from assessments.core.metrics.estimate_samples import balanced_accuracy_samples
from assessments.core.subject import Need, Task

ID = "fairness.balanced_accuracy"


@check(
    id=ID,
    title="Balanced accuracy per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def balanced_accuracy(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean of the true-positive and the true-negative rate of each group.

    (TPR + TNR) / 2, range [0, 1]; 0.5 is guessing. Undefined for a group without a row of either
    label.
    """
    return describe_estimates(ID, context, balanced_accuracy_samples(context.subject))

"""Accuracy per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rates
from assessments.core.metrics.rates import ACCURACY
from assessments.core.subject import Need, Task

ID = "fairness.accuracy"


@check(
    id=ID,
    title="Accuracy per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def accuracy(context: Context, parameters: NoParameters) -> CheckResult:
    """Share of each group's rows whose decision equals the label.

    (TP + TN) / N, range [0, 1]. Undefined for a group without rows. Equal accuracy can hide opposite
    errors: read it with the true- and false-positive rates.
    """
    return describe_rates(ID, context, ACCURACY)

"""False-positive rate per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rates
from assessments.core.metrics.rates import FALSE_POSITIVE
from assessments.core.subject import Need, Task

ID = "fairness.false_positive_rate"


@check(
    id=ID,
    title="False-positive rate per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def false_positive_rate(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows of a group with the unfavourable label, the share decided favourably.

    FP / (FP + TN), range [0, 1]. Undefined for a group without a row that has the unfavourable label.
    """
    return describe_rates(ID, context, FALSE_POSITIVE)

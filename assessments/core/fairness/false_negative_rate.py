"""False-negative rate per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rates
from assessments.core.metrics.rates import FALSE_NEGATIVE
from assessments.core.subject import Need, Task

ID = "fairness.false_negative_rate"


@check(
    id=ID,
    title="False-negative rate per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def false_negative_rate(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows of a group that deserve the favourable decision, the share that is refused it.

    FN / (TP + FN), range [0, 1]. Undefined for a group without a row that has the favourable label.
    """
    return describe_rates(ID, context, FALSE_NEGATIVE)

"""True-negative rate per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rates
from assessments.core.metrics.rates import TRUE_NEGATIVE
from assessments.core.subject import Need, Task

ID = "fairness.true_negative_rate"


@check(
    id=ID,
    title="True-negative rate per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def true_negative_rate(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows of a group with the unfavourable label, the share decided unfavourably.

    TN / (FP + TN), range [0, 1]; also specificity. Undefined for a group without a row that has the
    unfavourable label.
    """
    return describe_rates(ID, context, TRUE_NEGATIVE)

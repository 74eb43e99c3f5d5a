"""True-positive rate per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rates
from assessments.core.metrics.rates import TRUE_POSITIVE
from assessments.core.subject import Need, Task

ID = "fairness.true_positive_rate"


@check(
    id=ID,
    title="True-positive rate per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def true_positive_rate(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows of a group that deserve the favourable decision, the share that gets it.

    TP / (TP + FN), range [0, 1]; also recall or sensitivity. Undefined, not 0, for a group without a
    row that has the favourable label.
    """
    return describe_rates(ID, context, TRUE_POSITIVE)

"""Selection rate per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rates
from assessments.core.metrics.rates import SELECTION
from assessments.core.subject import Need, Task

ID = "fairness.selection_rate"


@check(
    id=ID,
    title="Selection rate per group",
    needs={Need.DECISIONS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def selection_rate(context: Context, parameters: NoParameters) -> CheckResult:
    """Share of each group's rows that the service decides favourably.

    (TP + FP) / N, range [0, 1]; needs no label. Also called acceptance or approval rate. Undefined
    for a group without rows.
    """
    return describe_rates(ID, context, SELECTION)

"""RMSE per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_estimates import describe_estimates
from assessments.core.metrics.regression_samples import rmse_samples
from assessments.core.subject import Need, Task

ID = "fairness.rmse"


@check(
    id=ID,
    title="RMSE per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.REGRESSION},
)
def rmse(context: Context, parameters: NoParameters) -> CheckResult:
    """Typical size of the error in each group.

    √ mean (prediction − truth)², in the unit of the target. Undefined for a group of fewer than two
    rows.
    """
    return describe_estimates(ID, context, rmse_samples(context.subject))

"""Mean prediction per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_estimates import describe_estimates
from assessments.core.metrics.regression_samples import mean_prediction_samples
from assessments.core.subject import Need, Task

ID = "fairness.mean_prediction"


@check(
    id=ID,
    title="Mean prediction per group",
    needs={Need.DECISIONS, Need.SENSITIVE},
    tasks={Task.REGRESSION},
)
def mean_prediction(context: Context, parameters: NoParameters) -> CheckResult:
    """What each group is predicted on average, in the unit of the target; needs no truth.

    Undefined for a group of fewer than two rows.
    """
    return describe_estimates(ID, context, mean_prediction_samples(context.subject))

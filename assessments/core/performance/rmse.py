"""Root mean squared error."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.overall_samples import everybody
from assessments.core.metrics.regression_samples import rmse_samples
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.rmse"


@check(
    id=ID,
    title="Root mean squared error",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.REGRESSION},
)
def rmse(context: Context, parameters: NoParameters) -> CheckResult:
    """√ mean (prediction − truth)², in the unit of the target; 0 is perfect."""
    return measure_estimate(ID, context, rmse_samples(everybody(context.subject))[0])

"""Mean error."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.overall_samples import everybody
from assessments.core.metrics.regression_samples import mean_error_samples
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.mean_error"


@check(
    id=ID,
    title="Mean error",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.REGRESSION},
)
def mean_error(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean (prediction − truth), in the unit of the target; above 0 is too high."""
    return measure_estimate(ID, context, mean_error_samples(everybody(context.subject))[0])

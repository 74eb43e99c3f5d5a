"""Mean absolute error."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.overall_samples import everybody
from assessments.core.metrics.regression_samples import mean_absolute_error_samples
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.mean_absolute_error"


@check(
    id=ID,
    title="Mean absolute error",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.REGRESSION},
)
def mean_absolute_error(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean |prediction − truth|, in the unit of the target; 0 is perfect."""
    return measure_estimate(ID, context, mean_absolute_error_samples(everybody(context.subject))[0])

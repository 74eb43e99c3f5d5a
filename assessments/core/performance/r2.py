"""R²."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.overall_samples import everybody
from assessments.core.metrics.regression_samples import r2_samples
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.r2"


@check(
    id=ID,
    title="R²",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.REGRESSION},
)
def r2(context: Context, parameters: NoParameters) -> CheckResult:
    """Share of the variance of the truth that the prediction explains; range (−∞, 1].

    1 − Σ (prediction − truth)² / Σ (truth − mean)². Undefined where the truth does not vary.
    """
    return measure_estimate(ID, context, r2_samples(everybody(context.subject))[0])

"""R² per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_estimates import describe_estimates
from assessments.core.metrics.regression_samples import r2_samples
from assessments.core.subject import Need, Task

ID = "fairness.r2"


@check(
    id=ID,
    title="R² per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.REGRESSION},
)
def r2(context: Context, parameters: NoParameters) -> CheckResult:
    """Share of the variance within each group that the prediction explains.

    1 − Σ (prediction − truth)² / Σ (truth − group mean)², range (−∞, 1]; 0 is no better than the
    group's own mean. Undefined where the truth does not vary within the group.
    """
    return describe_estimates(ID, context, r2_samples(context.subject))

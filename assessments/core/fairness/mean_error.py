"""Mean error per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_estimates import describe_estimates
from assessments.core.metrics.regression_samples import mean_error_samples
from assessments.core.subject import Need, Task

ID = "fairness.mean_error"


@check(
    id=ID,
    title="Mean error per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.REGRESSION},
)
def mean_error(context: Context, parameters: NoParameters) -> CheckResult:
    """Whether a group is predicted too high or too low on average.

    mean (prediction − truth), in the unit of the target; above 0 is too high. Undefined for a group
    of fewer than two rows.
    """
    return describe_estimates(ID, context, mean_error_samples(context.subject))

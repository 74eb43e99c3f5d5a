"""RMSE gap."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.estimate_gaps import estimate_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.regression_samples import rmse_samples
from assessments.core.subject import Need, Task

ID = "fairness.rmse_gap"


@check(
    id=ID,
    title="RMSE gap",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.REGRESSION},
    parameters=GapParameters,
)
def rmse_gap(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's RMSE minus that of all other rows or a reference group.

    In the unit of the target; above 0 the group is predicted less precisely.
    """
    samples = rmse_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

"""Mean prediction gap."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.estimate_gaps import estimate_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.regression_samples import mean_prediction_samples
from assessments.core.subject import Need, Task

ID = "fairness.mean_prediction_gap"


@check(
    id=ID,
    title="Mean prediction gap",
    needs={Need.DECISIONS, Need.SENSITIVE},
    tasks={Task.REGRESSION},
    parameters=GapParameters,
)
def mean_prediction_gap(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's mean prediction minus that of all other rows or a reference group.

    In the unit of the target; the demographic parity of predicted numbers. Needs no truth.
    """
    samples = mean_prediction_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

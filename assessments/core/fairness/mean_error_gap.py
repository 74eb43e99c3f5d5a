"""Mean error gap."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.estimate_gaps import estimate_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.regression_samples import mean_error_samples
from assessments.core.subject import Need, Task

ID = "fairness.mean_error_gap"


@check(
    id=ID,
    title="Mean error gap",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.REGRESSION},
    parameters=GapParameters,
)
def mean_error_gap(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's mean error minus that of all other rows or a reference group.

    In the unit of the target; above 0 the group is predicted higher, compared with the truth, than
    others are. A threshold has to be set in that unit.
    """
    samples = mean_error_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

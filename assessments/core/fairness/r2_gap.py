"""R² gap."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.estimate_gaps import estimate_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.regression_samples import r2_samples
from assessments.core.subject import Need, Task

ID = "fairness.r2_gap"


@check(
    id=ID,
    title="R² gap",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.REGRESSION},
    parameters=GapParameters,
)
def r2_gap(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's R² minus that of all other rows.

    Below 0 the prediction explains less of the differences within the group.
    """
    samples = r2_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

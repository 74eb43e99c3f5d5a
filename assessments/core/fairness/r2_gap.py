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
    """Each group's R² minus that of all other rows or a reference group.

    Below 0 the prediction explains less of the differences within the group. The degrees of freedom
    follow the tails of the errors: about a seventh of the rows at best, so groups of less than some
    50 rows seldom decide. Skewed errors need some 5,000 rows to show a gap of three times the limit.
    """
    samples = r2_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

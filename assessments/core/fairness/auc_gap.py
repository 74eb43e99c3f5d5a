"""AUC gap."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.estimate_gaps import estimate_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.estimate_samples import auc_samples
from assessments.core.subject import Need, Task

ID = "fairness.auc_gap"


@check(
    id=ID,
    title="AUC gap",
    needs={Need.SCORES, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def auc_gap(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's AUC minus that of all other rows.

    AUC(group) − AUC(rest), range [−1, 1]: does the score rank the group as well as the others? Both
    are AUCs within their rows, so pairs across groups do not count. Inconclusive for a group without
    a row of either label.
    """
    samples = auc_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

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
    """Each group's AUC minus that of all other rows or a reference group.

    AUC(group) − AUC(rest), range [−1, 1]: does the score rank the group as well as the others? Both
    are AUCs within their rows, so pairs across groups do not count. Inconclusive for a group without
    a row of either label.

    With AUCs of 0.80 and half of the rows favourable, two equal groups pass a limit of 0.05 in 42 %
    of audits at 1,000 rows each, 89 % at 2,000 and 99 % at 3,000; at an AUC of 0.97 always at 1,000.
    With one label in ten 5,000 rows give 80 %. It is DeLong's standard error that needs them.
    """
    samples = auc_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

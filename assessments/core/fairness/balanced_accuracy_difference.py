"""Balanced accuracy difference."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.estimate_gaps import estimate_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.estimate_samples import balanced_accuracy_samples
from assessments.core.subject import Need, Task

ID = "fairness.balanced_accuracy_difference"


@check(
    id=ID,
    title="Balanced accuracy difference",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def balanced_accuracy_difference(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's balanced accuracy minus that of all other rows or a reference group.

    Range [−1, 1]; 0 is parity. Inconclusive for a group without a row of either label.
    """
    samples = balanced_accuracy_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

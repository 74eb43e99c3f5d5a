"""Accuracy difference."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import GapParameters
from assessments.core.fairness.rate_comparison import Aggregate
from assessments.core.fairness.rate_gaps import rate_gaps
from assessments.core.metrics.rates import ACCURACY
from assessments.core.subject import Need, Task

ID = "fairness.accuracy_difference"


@check(
    id=ID,
    title="Accuracy difference",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def accuracy_difference(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's accuracy minus that of all other rows or a reference group.

    Range [−1, 1]; 0 is overall accuracy equality (Berk et al. 2018). Inconclusive for a group without
    rows.
    """
    chosen = parameters.comparison
    return rate_gaps(ID, context, ACCURACY, Aggregate.DIFFERENCE, chosen=chosen)

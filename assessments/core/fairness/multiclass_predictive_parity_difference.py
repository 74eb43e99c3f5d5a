"""Predictive parity difference per class."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.classes import class_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.class_samples import PRECISION
from assessments.core.subject import Need, Task

ID = "fairness.multiclass_predictive_parity_difference"


@check(
    id=ID,
    title="Predictive parity difference per class",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.MULTICLASS},
    parameters=GapParameters,
)
def multiclass_predictive_parity_difference(
    context: Context, parameters: GapParameters
) -> CheckResult:
    """Each class's precision in a group minus that in all other rows or a reference group.

    Range [−1, 1]; 0 is parity. A slice without `class` compares the mean over classes. Inconclusive
    where no row of a group is decided as the class.
    """
    return class_gaps(ID, context, PRECISION, chosen=parameters.comparison, macro=True)

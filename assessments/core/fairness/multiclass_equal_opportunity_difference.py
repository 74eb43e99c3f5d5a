"""Equal opportunity difference per class."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.classes import class_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.class_samples import RECALL
from assessments.core.subject import Need, Task

ID = "fairness.multiclass_equal_opportunity_difference"


@check(
    id=ID,
    title="Equal opportunity difference per class",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.MULTICLASS},
    parameters=GapParameters,
)
def multiclass_equal_opportunity_difference(
    context: Context, parameters: GapParameters
) -> CheckResult:
    """Each class's recall in a group minus that in all other rows or a reference group.

    Range [−1, 1]; 0 is parity. A slice without `class` compares the mean over classes. Inconclusive
    where a group has no row of the class.
    """
    return class_gaps(ID, context, RECALL, chosen=parameters.comparison, macro=True)

"""Demographic parity difference per class."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.classes import class_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.class_samples import DECIDED
from assessments.core.subject import Need, Task

ID = "fairness.multiclass_demographic_parity_difference"


@check(
    id=ID,
    title="Demographic parity difference per class",
    needs={Need.DECISIONS, Need.SENSITIVE},
    tasks={Task.MULTICLASS},
    parameters=GapParameters,
)
def multiclass_demographic_parity_difference(
    context: Context, parameters: GapParameters
) -> CheckResult:
    """How much more or less often each class is decided in a group than in all other rows or a reference group.

    share(class | group) − share(class | rest), range [−1, 1]; 0 is parity. One slice per group and
    class.
    """
    return class_gaps(ID, context, DECIDED, chosen=parameters.comparison, macro=False)

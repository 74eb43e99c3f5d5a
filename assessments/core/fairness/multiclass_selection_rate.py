"""Share decided as each class, per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.classes import describe_classes
from assessments.core.metrics.class_samples import DECIDED
from assessments.core.subject import Need, Task

ID = "fairness.multiclass_selection_rate"


@check(
    id=ID,
    title="Share decided as each class, per group",
    needs={Need.DECISIONS, Need.SENSITIVE},
    tasks={Task.MULTICLASS},
)
def multiclass_selection_rate(context: Context, parameters: NoParameters) -> CheckResult:
    """How often each class is decided in each group.

    Rows decided as the class / rows of the group, range [0, 1], one slice per group and class; needs
    no label.
    """
    return describe_classes(ID, context, DECIDED, macro=False)

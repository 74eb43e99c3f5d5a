"""Recall of each class, per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.classes import describe_classes
from assessments.core.metrics.class_samples import RECALL
from assessments.core.subject import Need, Task

ID = "fairness.multiclass_recall"


@check(
    id=ID,
    title="Recall of each class, per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.MULTICLASS},
)
def multiclass_recall(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows of a class, how many are recognised, in each group.

    Rows of the class decided as it / rows of the class, range [0, 1]; a slice without `class` is the
    mean over classes (macro recall, which is balanced accuracy). Undefined where a group has no row
    of the class.
    """
    return describe_classes(ID, context, RECALL, macro=True)

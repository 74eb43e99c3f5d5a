"""Precision of each class, per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.classes import describe_classes
from assessments.core.metrics.class_samples import PRECISION
from assessments.core.subject import Need, Task

ID = "fairness.multiclass_precision"


@check(
    id=ID,
    title="Precision of each class, per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.MULTICLASS},
)
def multiclass_precision(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows decided as a class, how many are of it, in each group.

    Rows of the class decided as it / rows decided as it, range [0, 1]; a slice without `class` is the
    mean over classes (macro precision). Undefined where no row of a group is decided as the class.
    """
    return describe_classes(ID, context, PRECISION, macro=True)

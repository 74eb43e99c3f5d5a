"""Accuracy difference, for several classes."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import GapParameters
from assessments.core.fairness.rate_comparison import Aggregate
from assessments.core.fairness.rate_gaps import rate_sample_gaps
from assessments.core.metrics.class_samples import accuracy_samples
from assessments.core.subject import Need, Task

ID = "fairness.multiclass_accuracy_difference"


@check(
    id=ID,
    title="Accuracy difference",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.MULTICLASS},
    parameters=GapParameters,
)
def multiclass_accuracy_difference(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's accuracy minus that of all other rows or a reference group.

    Range [−1, 1]; 0 is overall accuracy equality. Inconclusive for a group without rows.
    """
    samples = accuracy_samples(context.subject)
    return rate_sample_gaps(
        ID, context, samples, Aggregate.DIFFERENCE, chosen=parameters.comparison
    )

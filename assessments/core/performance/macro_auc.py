"""Macro AUC."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.overall_samples import everybody, macro_auc_sample
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.macro_auc"


@check(
    id=ID,
    title="Macro AUC",
    needs={Need.SCORES, Need.LABELS},
    tasks={Task.MULTICLASS},
)
def macro_auc(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean over classes of the AUC of each class against the others; range [0, 1], 0.5 is guessing.

    Undefined when a class has no row.
    """
    return measure_estimate(ID, context, macro_auc_sample(everybody(context.subject)))

"""Macro recall."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.class_samples import RECALL, class_samples, macro_sample
from assessments.core.metrics.overall_samples import everybody
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.macro_recall"


@check(
    id=ID,
    title="Macro recall",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.MULTICLASS},
)
def macro_recall(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean over classes of the share of rows of the class that are recognised; range [0, 1].

    Undefined when a class has no row.
    """
    parts = class_samples(everybody(context.subject), RECALL)[0]
    return measure_estimate(ID, context, macro_sample(RECALL, parts))

"""Macro precision."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.class_samples import PRECISION, class_samples, macro_sample
from assessments.core.metrics.overall_samples import everybody
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.macro_precision"


@check(
    id=ID,
    title="Macro precision",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.MULTICLASS},
)
def macro_precision(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean over classes of the share of rows decided as the class that are of it; range [0, 1].

    Undefined when a class is never decided.
    """
    parts = class_samples(everybody(context.subject), PRECISION)[0]
    return measure_estimate(ID, context, macro_sample(PRECISION, parts))

"""Brier score."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.overall_samples import brier_sample, everybody
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.brier_score"


@check(
    id=ID,
    title="Brier score",
    needs={Need.SCORES, Need.LABELS},
    tasks={Task.BINARY, Task.MULTICLASS},
)
def brier_score(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean squared error of the predicted probabilities (Brier 1950); 0 is perfect.

    Two classes: mean (score − label)², range [0, 1]. Several classes: summed over classes, range
    [0, 2].
    """
    return measure_estimate(ID, context, brier_sample(everybody(context.subject)))

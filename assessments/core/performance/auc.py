"""Area under the ROC curve."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.estimate_samples import auc_samples
from assessments.core.metrics.overall_samples import everybody
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.auc"


@check(
    id=ID,
    title="Area under the ROC curve",
    needs={Need.SCORES, Need.LABELS},
    tasks={Task.BINARY},
)
def auc(context: Context, parameters: NoParameters) -> CheckResult:
    """The probability that a random favourable row scores above a random unfavourable one.

    Ties count half; range [0, 1], 0.5 is guessing. Interval: DeLong, DeLong & Clarke-Pearson (1988)
    on the logit scale. Undefined without a row of either label.
    """
    return measure_estimate(ID, context, auc_samples(everybody(context.subject))[0])

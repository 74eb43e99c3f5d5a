"""F1 of two classes."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.overall_samples import everybody, f1_from_sample
from assessments.core.metrics.rate_samples import rate_samples
from assessments.core.metrics.rates import OVERLAP
from assessments.core.performance.measure import f1_measurement, nothing
from assessments.core.subject import Need, Task

ID = "performance.f1"


@check(
    id=ID,
    title="F1",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.BINARY},
)
def f1(context: Context, parameters: NoParameters) -> CheckResult:
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN), range [0, 1].

    Interval: that of the Jaccard index TP / (TP + FP + FN), of which F1 is a monotone function.
    Undefined when nothing is selected and nothing is favourable.
    """
    sample = rate_samples(everybody(context.subject), OVERLAP)[0]
    if sample.n[0] == 0:
        reason = f"there are no {OVERLAP.among}, so F1 is not defined"
        return CheckResult((nothing(ID, reason, n=0, unit="rate", slice={}),))
    value, low, high = f1_from_sample(sample, context.confidence)
    return CheckResult((f1_measurement(ID, context, sample, (value, low, high)),))

"""Precision."""

from __future__ import annotations

from dataclasses import replace

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.rates import POSITIVE_PREDICTIVE_VALUE
from assessments.core.performance.measure import measure_rate
from assessments.core.subject import Need, Task

ID = "performance.precision"


@check(
    id=ID,
    title="Precision",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.BINARY},
)
def precision(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the favourable decisions, the share that the label confirms: TP / (TP + FP), range [0, 1].

    Undefined when nothing was selected.
    """
    return measure_rate(ID, context, replace(POSITIVE_PREDICTIVE_VALUE, name="precision"))

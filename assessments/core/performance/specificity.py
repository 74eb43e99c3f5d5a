"""Specificity."""

from __future__ import annotations

from dataclasses import replace

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.rates import TRUE_NEGATIVE
from assessments.core.performance.measure import measure_rate
from assessments.core.subject import Need, Task

ID = "performance.specificity"


@check(
    id=ID,
    title="Specificity",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.BINARY},
)
def specificity(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows with the unfavourable label, the share not selected: TN / (TN + FP), range [0, 1].

    Undefined without a row that has the unfavourable label.
    """
    return measure_rate(ID, context, replace(TRUE_NEGATIVE, name="specificity"))

"""Recall."""

from __future__ import annotations

from dataclasses import replace

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.rates import TRUE_POSITIVE
from assessments.core.performance.measure import measure_rate
from assessments.core.subject import Need, Task

ID = "performance.recall"


@check(
    id=ID,
    title="Recall",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.BINARY},
)
def recall(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the rows with the favourable label, the share selected: TP / (TP + FN), range [0, 1].

    Undefined without a row that has the favourable label.
    """
    return measure_rate(ID, context, replace(TRUE_POSITIVE, name="recall"))

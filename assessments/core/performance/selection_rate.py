"""Selection rate."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.rates import SELECTION
from assessments.core.performance.measure import measure_rate
from assessments.core.subject import Need, Task

ID = "performance.selection_rate"


@check(
    id=ID,
    title="Selection rate",
    needs={Need.DECISIONS},
    tasks={Task.BINARY},
)
def selection_rate(context: Context, parameters: NoParameters) -> CheckResult:
    """Share of rows decided favourably: (TP + FP) / N, range [0, 1]; needs no label."""
    return measure_rate(ID, context, SELECTION)

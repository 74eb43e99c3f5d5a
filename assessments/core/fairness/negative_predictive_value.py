"""Negative predictive value per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rates
from assessments.core.metrics.rates import NEGATIVE_PREDICTIVE_VALUE
from assessments.core.subject import Need, Task

ID = "fairness.negative_predictive_value"


@check(
    id=ID,
    title="Negative predictive value per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def negative_predictive_value(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the unfavourable decisions on a group, the share that the label confirms.

    TN / (TN + FN), range [0, 1]. Undefined for a group of which every row was selected.
    """
    return describe_rates(ID, context, NEGATIVE_PREDICTIVE_VALUE)

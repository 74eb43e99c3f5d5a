"""Positive predictive value per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_rates import describe_rates
from assessments.core.metrics.rates import POSITIVE_PREDICTIVE_VALUE
from assessments.core.subject import Need, Task

ID = "fairness.positive_predictive_value"


@check(
    id=ID,
    title="Positive predictive value per group",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def positive_predictive_value(context: Context, parameters: NoParameters) -> CheckResult:
    """Of the favourable decisions on a group, the share that the label confirms.

    TP / (TP + FP), range [0, 1]; also precision. Undefined for a group of which no row was selected.
    """
    return describe_rates(ID, context, POSITIVE_PREDICTIVE_VALUE)

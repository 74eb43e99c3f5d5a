"""Brier score per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_estimates import describe_estimates
from assessments.core.metrics.estimate_samples import brier_samples
from assessments.core.subject import Need, Task

ID = "fairness.brier_score"


@check(
    id=ID,
    title="Brier score per group",
    needs={Need.SCORES, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def brier_score(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean squared error of the predicted probabilities of each group.

    mean (score − label)², range [0, 1]; 0 is perfect (Brier 1950). It mixes calibration with how hard
    a group is to predict: a gap alone is not yet unfair.
    """
    return describe_estimates(ID, context, brier_samples(context.subject))

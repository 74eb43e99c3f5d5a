"""Brier score gap."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.estimate_gaps import estimate_gaps
from assessments.core.fairness.parameters import GapParameters
from assessments.core.metrics.estimate_samples import brier_samples
from assessments.core.subject import Need, Task

ID = "fairness.brier_score_gap"


@check(
    id=ID,
    title="Brier score gap",
    needs={Need.SCORES, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def brier_score_gap(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's Brier score minus that of all other rows or a reference group.

    Range [−1, 1]; above 0 the group's probabilities are worse. Part of such a gap is due to base rates:
    outcomes near one half are harder to predict.
    """
    samples = brier_samples(context.subject)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)

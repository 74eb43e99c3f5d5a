"""AUC per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.fairness.describe_estimates import describe_estimates
from assessments.core.metrics.estimate_samples import auc_samples
from assessments.core.subject import Need, Task

ID = "fairness.auc"


@check(
    id=ID,
    title="AUC per group",
    needs={Need.SCORES, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
)
def auc(context: Context, parameters: NoParameters) -> CheckResult:
    """How well the score ranks the rows of each group.

    The probability that a row with the favourable label scores above one with the unfavourable label
    of the same group, ties counting half; range [0, 1], 0.5 is guessing. Standard errors by DeLong,
    DeLong & Clarke-Pearson (1988). Undefined for a group without a row of either label.
    """
    return describe_estimates(ID, context, auc_samples(context.subject))

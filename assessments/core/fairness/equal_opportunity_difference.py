"""Equal opportunity difference."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import GapParameters
from assessments.core.fairness.rate_comparison import Aggregate
from assessments.core.fairness.rate_gaps import rate_gaps
from assessments.core.metrics.rates import TRUE_POSITIVE
from assessments.core.subject import Need, Task

ID = "fairness.equal_opportunity_difference"


@check(
    id=ID,
    title="Equal opportunity difference",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def equal_opportunity_difference(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's true-positive rate minus that of all other rows or a reference group.

    TPR(group) − TPR(rest), range [−1, 1]: among those who deserve the favourable decision, does the
    group get it as often? (Hardt, Price & Srebro 2016.) Inconclusive for a group without a row that
    has the favourable label.
    """
    chosen = parameters.comparison
    return rate_gaps(ID, context, TRUE_POSITIVE, Aggregate.DIFFERENCE, chosen=chosen)

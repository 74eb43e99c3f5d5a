"""Equal opportunity ratio."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import GapParameters
from assessments.core.fairness.rate_comparison import Aggregate
from assessments.core.fairness.rate_gaps import rate_gaps
from assessments.core.metrics.rates import TRUE_POSITIVE
from assessments.core.subject import Need, Task

ID = "fairness.equal_opportunity_ratio"


@check(
    id=ID,
    title="Equal opportunity ratio",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def equal_opportunity_ratio(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's true-positive rate divided by that of all other rows or a reference group.

    TPR(group) / TPR(rest), range [0, ∞); 1 is parity. Inconclusive for a group without a row that has
    the favourable label, and where the other rate is 0.
    """
    chosen = parameters.comparison
    return rate_gaps(ID, context, TRUE_POSITIVE, Aggregate.RATIO, chosen=chosen)

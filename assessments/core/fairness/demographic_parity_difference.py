"""Demographic parity difference."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import GapParameters
from assessments.core.fairness.rate_comparison import Aggregate
from assessments.core.fairness.rate_gaps import rate_gaps
from assessments.core.metrics.rates import SELECTION
from assessments.core.subject import Need, Task

ID = "fairness.demographic_parity_difference"


@check(
    id=ID,
    title="Demographic parity difference",
    needs={Need.DECISIONS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def demographic_parity_difference(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's selection rate minus that of all other rows or a reference group.

    p(group) − p(rest), range [−1, 1]; 0 is parity. Also statistical parity (Dwork et al. 2012). The
    slice of all groups carries max − min, corrected for its upward bias, beside the gap that equal
    rates would show. Inconclusive for a group without rows.
    """
    chosen = parameters.comparison
    return rate_gaps(ID, context, SELECTION, Aggregate.DIFFERENCE, chosen=chosen)

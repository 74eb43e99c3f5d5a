"""Predictive parity difference."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import GapParameters
from assessments.core.fairness.rate_comparison import Aggregate
from assessments.core.fairness.rate_gaps import rate_gaps
from assessments.core.metrics.rates import POSITIVE_PREDICTIVE_VALUE
from assessments.core.subject import Need, Task

ID = "fairness.predictive_parity_difference"


@check(
    id=ID,
    title="Predictive parity difference",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def predictive_parity_difference(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's positive predictive value minus that of all other rows or a reference group.

    PPV(group) − PPV(rest), range [−1, 1]: is a favourable decision on the group as often right?
    (Chouldechova 2017.) Inconclusive for a group of which no row was selected.
    """
    chosen = parameters.comparison
    return rate_gaps(ID, context, POSITIVE_PREDICTIVE_VALUE, Aggregate.DIFFERENCE, chosen=chosen)

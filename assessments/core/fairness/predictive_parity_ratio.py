"""Predictive parity ratio."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import GapParameters
from assessments.core.fairness.rate_comparison import Aggregate
from assessments.core.fairness.rate_gaps import rate_gaps
from assessments.core.metrics.rates import POSITIVE_PREDICTIVE_VALUE
from assessments.core.subject import Need, Task

ID = "fairness.predictive_parity_ratio"


@check(
    id=ID,
    title="Predictive parity ratio",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def predictive_parity_ratio(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's positive predictive value divided by that of all other rows or a reference group.

    PPV(group) / PPV(rest), range [0, ∞); 1 is parity. Inconclusive for a group of which no row was
    selected, and where the other value is 0.
    """
    chosen = parameters.comparison
    return rate_gaps(ID, context, POSITIVE_PREDICTIVE_VALUE, Aggregate.RATIO, chosen=chosen)

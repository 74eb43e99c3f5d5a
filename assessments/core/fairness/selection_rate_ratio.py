"""Selection-rate ratio (four-fifths rule)."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import Against, GapParameters
from assessments.core.fairness.rate_comparison import Aggregate
from assessments.core.fairness.rate_gaps import rate_gaps
from assessments.core.metrics.rates import SELECTION
from assessments.core.subject import Need, Task

ID = "fairness.selection_rate_ratio"


@check(
    id=ID,
    title="Selection-rate ratio (four-fifths rule)",
    needs={Need.DECISIONS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def selection_rate_ratio(context: Context, parameters: GapParameters) -> CheckResult:
    """Each group's selection rate divided by the highest rate or that of a reference group.

    p(group) / max p, range [0, 1]. The four-fifths rule of the US Uniform Guidelines on Employee
    Selection Procedures (29 CFR 1607.4 D, 1978) asks for at least 0.8. On point values that rule
    fails most audits of many small groups without any disparity; here the interval decides, and
    the comparison with the best allows for not knowing which group is best. Inconclusive for a
    group without rows, and where nobody is selected.
    """
    chosen = parameters.comparison
    return rate_gaps(ID, context, SELECTION, Aggregate.RATIO, chosen=chosen, default=Against.BEST)

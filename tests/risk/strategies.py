"""Random limits, rules and policies for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy, Rule

steps = st.integers(-10, 10).map(lambda n: n / 10)
severities = st.sampled_from(list(Severity))


@st.composite
def thresholds(draw: st.DrawFn) -> Threshold:
    low, high = sorted((draw(steps), draw(steps)))
    return draw(
        st.sampled_from([Threshold(min=low), Threshold(max=high), Threshold(min=low, max=high)])
    )


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """A rule as a policy may hold it: grave is beyond the limit, and at least as severe."""
    limit = draw(thresholds())
    plain = draw(severities)
    grave = None
    if draw(st.booleans()):
        by = draw(st.integers(0, 5)) / 10
        grave = Threshold(
            min=None if limit.min is None else limit.min - by,
            max=None if limit.max is None else limit.max + by,
        )
    graver = draw(severities.filter(lambda each: each.at_least(plain)))
    return Rule(limit, plain, grave, graver, draw(st.booleans()))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    names = draw(
        st.lists(st.sampled_from(["fairness.a", "fairness.b", "performance.c"]), unique=True)
    )
    checks = draw(
        st.lists(
            st.sampled_from(["fairness", "fairness.a", "performance", "performance.c"]), unique=True
        )
    )
    return Policy(
        "tier-x", "1", tuple(checks), draw(severities), {name: draw(rules()) for name in names}
    )

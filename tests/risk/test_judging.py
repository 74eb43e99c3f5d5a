"""Judging arrays gives the verdicts that judging one by one gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval, Measurement, Threshold, unmeasured
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.policy import Rule
from shield.risk.policies.judging import OUTCOMES, judge_rows, rows_of
from tests.risk.strategies import rules

numbers = st.floats(-1, 1, allow_nan=False).map(lambda x: round(x, 2))


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    if draw(st.booleans()):
        kind = st.sampled_from([Outcome.INCONCLUSIVE, Outcome.ERROR, Outcome.SKIPPED])
        return unmeasured("fairness.x", "why", outcome=draw(kind))
    low, value, high = sorted(draw(st.lists(numbers, min_size=3, max_size=3)))
    ends = draw(st.sampled_from([(low, high), (float("-inf"), high), (low, float("inf"))]))
    return Measurement(check="fairness.x", value=value, interval=Interval(*ends), n=10)


def stored(item: Measurement) -> tuple[float | None, float | None, float | None, str | None]:
    ends = item.interval
    inside = [None if end in (float("-inf"), float("inf")) else end
              for end in ((ends.low, ends.high) if ends else (None, None))]  # fmt: skip
    return item.value, inside[0], inside[1], item.outcome


@given(st.lists(st.tuples(measurements(), st.none() | rules()), min_size=1, max_size=20))
def test_arrays_are_judged_as_single_measurements_are(
    pairs: list[tuple[Measurement, Rule | None]],
) -> None:
    rows = rows_of([stored(item) for item, _ in pairs], list(range(len(pairs))))
    found = judge_rows(rows, [rule for _, rule in pairs])
    for place, (item, rule) in enumerate(pairs):
        one = judge(
            item, rule.threshold if rule else None, rule.severity_of(item) if rule else None
        )
        assert OUTCOMES[found.outcome[place]] == (one.outcome or "")
        if one.outcome is Outcome.FAIL:
            assert found.severity[place] == one.severity.rank
        else:
            assert found.severity[place] == -1


def test_nothing_is_judged_without_complaint() -> None:
    assert judge_rows(rows_of([], []), [Rule(Threshold(min=0.8))]).outcome.size == 0


def test_a_value_without_any_interval_is_never_decided() -> None:
    rows = rows_of([(0.5, None, None, None)], [0])
    found = judge_rows(rows, [Rule(Threshold(min=0.8), severity=Severity.HIGH)])
    assert OUTCOMES[found.outcome[0]] == Outcome.INCONCLUSIVE

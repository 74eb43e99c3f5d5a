"""Properties of the step from number to verdict, on any interval and any limits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Outcome, Severity, roll_up

ends = st.floats(-3, 3)
outcomes = st.sampled_from([*Outcome, None])


@st.composite
def thresholds(draw: st.DrawFn) -> Threshold:
    low, high = sorted([draw(ends), draw(ends)])
    kind = draw(st.sampled_from(["min", "max", "both"]))
    return Threshold(min=low if kind != "max" else None, max=high if kind != "min" else None)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    low, value, high = sorted([draw(ends), draw(ends), draw(ends)])
    unit = draw(st.sampled_from(["ratio", "difference"]))
    return Measurement("a.b", value, Interval(low, high), n=draw(st.integers(0, 10**6)), unit=unit)


@given(measurements(), thresholds(), st.floats(0, 1))
def test_a_pass_has_every_value_of_the_interval_good_and_a_fail_has_none(
    measured: Measurement, threshold: Threshold, at: float
) -> None:
    interval = measured.interval
    assert interval is not None
    inside = min(interval.low + at * (interval.high - interval.low), interval.high)
    outcome = judge(measured, threshold, Severity.HIGH).outcome
    if outcome is Outcome.PASS:
        assert threshold.contains(inside)
    elif outcome is Outcome.FAIL:
        assert not threshold.contains(inside)
    else:
        assert outcome is Outcome.INCONCLUSIVE
        spanned = [
            limit
            for limit in (threshold.min, threshold.max)
            if limit is not None and interval.low <= limit <= interval.high
        ]
        assert spanned


@given(measurements(), thresholds(), st.floats(0, 1), st.floats(0, 1))
def test_more_uncertainty_never_decides_what_was_undecided_or_turns_a_verdict_around(
    measured: Measurement, threshold: Threshold, below: float, above: float
) -> None:
    assert measured.interval is not None
    wider = Interval(measured.interval.low - below, measured.interval.high + above)
    unsure = Measurement("a.b", measured.value, wider, n=measured.n)
    before = judge(measured, threshold, Severity.HIGH).outcome
    after = judge(unsure, threshold, Severity.HIGH).outcome
    assert after in (before, Outcome.INCONCLUSIVE)


@given(measurements(), thresholds())
def test_the_number_of_rows_that_would_decide_is_more_than_there_are(
    measured: Measurement, threshold: Threshold
) -> None:
    judged = judge(measured, threshold, Severity.HIGH)
    if judged.n_to_decide is not None:
        assert judged.outcome is Outcome.INCONCLUSIVE
        assert judged.n_to_decide > measured.n


@given(measurements(), thresholds())
def test_every_verdict_says_its_word_first(measured: Measurement, threshold: Threshold) -> None:
    judged = judge(measured, threshold, Severity.HIGH)
    assert judged.outcome is not None
    assert judged.sentence.lower().startswith(judged.outcome.value)


@given(st.lists(outcomes, min_size=1), st.lists(outcomes, min_size=1))
def test_a_whole_of_wholes_is_the_whole_of_all_parts(
    some: list[Outcome | None], others: list[Outcome | None]
) -> None:
    assert roll_up([roll_up(some), roll_up(others)]) is roll_up([*some, *others])


@given(st.lists(outcomes, min_size=1), outcomes)
def test_one_more_part_never_makes_a_whole_better(
    parts: list[Outcome | None], more: Outcome | None
) -> None:
    rank = {Outcome.SKIPPED: 0, None: 1, Outcome.PASS: 2, Outcome.INCONCLUSIVE: 3}
    rank |= {Outcome.FAIL: 4, Outcome.ERROR: 5}
    before, after = roll_up(parts), roll_up([*parts, more])
    assert rank[after] >= rank[before]

"""Looser or tighter: what the words mean, held against the verdicts themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.policy import Policy, Rule
from shield.risk.differences import (
    BOTH,
    LOOSER,
    TIGHTER,
    asks_for,
    is_looser,
    policy_differences,
    rule_is_looser,
    threshold_is_looser,
)
from tests.risk.strategies import policies, rules, thresholds

ENDS = [n / 20 for n in range(-40, 41)]
BASE = Rule(Threshold(min=0.8), Severity.HIGH, Threshold(min=0.6), Severity.CRITICAL, True)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    low, high = sorted((draw(st.sampled_from(ENDS)), draw(st.sampled_from(ENDS))))
    return Interval(low, high)


def verdict(rule: Rule, interval: Interval) -> tuple[int, int]:
    """How bad: fail above inconclusive above pass, then by severity."""
    item = Measurement("fairness.a", (interval.low + interval.high) / 2, interval, n=10)
    found = judge(item, rule.threshold, rule.severity_of(item))
    rank = {Outcome.PASS: 0, Outcome.INCONCLUSIVE: 1, Outcome.FAIL: 2}[found.outcome]
    return rank, found.severity.rank if found.outcome is Outcome.FAIL else 0


@given(rules(), rules(), intervals())
def test_a_rule_that_is_not_looser_judges_nothing_more_mildly(
    old: Rule, new: Rule, interval: Interval
) -> None:
    assume(not rule_is_looser(old, new))
    assert verdict(new, interval) >= verdict(old, interval)


@given(thresholds(), thresholds())
def test_a_limit_is_looser_exactly_when_one_of_its_sides_lets_more_through(
    old: Threshold, new: Threshold
) -> None:
    """Side by side, as a value beyond one limit is not mended by the other limit."""

    def let_through(limit: Threshold, side: str) -> set[float]:
        end = getattr(limit, side)
        alone = Threshold(**{side: end}) if end is not None else None
        return {value for value in ENDS if alone is None or alone.contains(value)}

    more = any(let_through(new, side) - let_through(old, side) for side in ("min", "max"))
    assert threshold_is_looser(old, new) == more


@given(rules())
def test_a_rule_is_not_looser_than_itself_and_no_rule_is_looser_than_any(rule: Rule) -> None:
    assert not rule_is_looser(rule, rule)
    assert not rule_is_looser(None, rule)
    assert rule_is_looser(rule, None)


@given(policies(), policies())
def test_one_of_two_different_policies_is_looser(a: Policy, b: Policy) -> None:
    assume(policy_differences(a, b))
    assert is_looser(a, b) or is_looser(b, a) or all(
        each.what == "grave" for each in policy_differences(a, b)
    )  # fmt: skip


@given(policies(), policies())
def test_differences_are_found_where_policies_differ(a: Policy, b: Policy) -> None:
    same = (a.rules, a.fail_on, set(a.checks)) == (b.rules, b.fail_on, set(b.checks))
    assert not same or not policy_differences(a, b)


@pytest.mark.parametrize(
    ("new", "what", "direction"),
    [
        (replace(BASE, threshold=Threshold(min=0.7)), "limit", LOOSER),
        (replace(BASE, threshold=Threshold(min=0.9)), "limit", TIGHTER),
        (replace(BASE, threshold=Threshold(min=0.8, max=1.25)), "limit", TIGHTER),
        (replace(BASE, threshold=Threshold(max=1.25)), "limit", BOTH),
        (replace(BASE, severity=Severity.MEDIUM), "severity", LOOSER),
        (replace(BASE, severity=Severity.CRITICAL), "severity", TIGHTER),
        (replace(BASE, grave=None), "grave", LOOSER),
        (replace(BASE, grave=Threshold(min=0.5)), "grave", LOOSER),
        (replace(BASE, grave=Threshold(min=0.7)), "grave", TIGHTER),
        (replace(BASE, grave_severity=Severity.HIGH), "grave", LOOSER),
        (replace(BASE, required=False), "required", LOOSER),
        (None, "rule", LOOSER),
    ],
)
def test_each_part_of_a_rule_has_its_direction(new: Rule | None, what: str, direction: str) -> None:
    old = Policy("t", "1", ("fairness",), Severity.HIGH, {"fairness.a": BASE})
    changed = replace(old, rules={"fairness.a": new} if new else {})
    (found,) = policy_differences(old, changed)
    assert (found.what, found.direction) == (what, direction)
    assert is_looser(old, changed) == (direction in (LOOSER, BOTH))


def test_the_gate_and_what_is_asked_for_have_a_direction_too() -> None:
    old = Policy("t", "1", ("fairness", "performance.auc"), Severity.HIGH)
    lax = policy_differences(old, replace(old, fail_on=Severity.CRITICAL))
    strict = policy_differences(old, replace(old, fail_on=Severity.LOW))
    assert [(each.what, each.direction) for each in lax] == [("fail_on", LOOSER)]
    assert [(each.what, each.direction) for each in strict] == [("fail_on", TIGHTER)]
    for checks, direction in (
        (("fairness",), LOOSER),
        (("fairness", "performance"), TIGHTER),
        (("fairness.a", "performance"), BOTH),
    ):
        (found,) = policy_differences(old, replace(old, checks=checks))
        assert (found.what, found.direction) == ("checks", direction)


def test_a_pillar_asks_for_every_check_of_it() -> None:
    assert asks_for(["fairness"], "fairness.auc_gap")
    assert asks_for(["fairness.auc_gap"], "fairness.auc_gap")
    assert not asks_for(["fairness.auc_gap"], "fairness.r2_gap")

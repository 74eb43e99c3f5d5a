"""A policy is a value: it can be written, read back, and tells how grave a failure is."""

from __future__ import annotations

import pytest

from shield.evidence.canonical import digest
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy, Rule

GRAVE = Rule(Threshold(min=-0.1, max=0.1), grave=Threshold(min=-0.2, max=0.2), required=True)


@pytest.mark.parametrize(
    ("low", "high", "severity"),
    [
        (-0.40, -0.25, Severity.CRITICAL),
        (0.25, 0.40, Severity.CRITICAL),
        (-0.30, -0.15, Severity.HIGH),
        (-0.40, 0.40, Severity.HIGH),
    ],
)
def test_a_failure_is_grave_only_when_its_whole_interval_is(low, high, severity) -> None:
    measured = Measurement("a.b", (low + high) / 2, Interval(low, high))
    assert GRAVE.severity_of(measured) is severity


def test_a_rule_without_a_grave_limit_has_one_severity() -> None:
    rule = Rule(Threshold(min=0.8), severity=Severity.MEDIUM)
    assert rule.severity_of(Measurement("a.b", 0.1, Interval(0.0, 0.2))) is Severity.MEDIUM


def test_a_policy_survives_being_written_and_read() -> None:
    policy = Policy(
        name="high",
        version="1",
        checks=("fairness", "performance.auc"),
        fail_on=Severity.HIGH,
        rules={"fairness.x": GRAVE, "fairness.a": Rule(Threshold(max=0.05))},
    )
    again = Policy.from_json(policy.as_json())
    assert again == policy
    assert digest(again.as_json()) == digest(policy.as_json())


def test_a_changed_limit_is_another_policy() -> None:
    one, other = (
        Policy("high", "1", ("fairness",), Severity.HIGH, {"a.b": Rule(Threshold(min=limit))})
        for limit in (0.8, 0.75)
    )
    assert digest(one.as_json()) != digest(other.as_json())

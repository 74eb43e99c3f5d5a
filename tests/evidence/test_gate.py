"""The gate: fails for what is grave and not accepted, passes only for what was decided."""

from __future__ import annotations

import pytest

from shield.evidence.gate import AcceptedRisk, FalsePositive, gate, slice_fingerprint
from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval, Measurement, Threshold, unmeasured
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.policy import Policy, Rule

LIMIT = Threshold(min=0.8)


def measured(low: float, high: float, *, check="a.x", severity=Severity.HIGH, group="g"):
    value = Measurement(check, (low + high) / 2, Interval(low, high), slice={"race": group}, n=100)
    return judge(value, LIMIT, severity)


FAILED = measured(0.5, 0.7)
PASSED = measured(0.85, 0.9)
OPEN = measured(0.7, 0.9)


def policy(*required: str, fail_on=Severity.HIGH) -> Policy:
    rules = {"a.x": Rule(LIMIT)} | {check: Rule(LIMIT, required=True) for check in required}
    return Policy("p", "1", ("a",), fail_on, rules)


@pytest.mark.parametrize(
    ("measurements", "required", "outcome", "code"),
    [
        ([PASSED], ["a.x"], "pass", 0),
        ([PASSED, FAILED], ["a.x"], "fail", 1),
        ([OPEN], ["a.x"], "inconclusive", 2),
        ([OPEN, FAILED], ["a.x"], "fail", 1),
        ([OPEN], [], "pass", 0),
        ([PASSED], ["a.x", "a.never_ran"], "inconclusive", 2),
        ([PASSED, unmeasured("a.y", "no label", outcome=Outcome.SKIPPED)], ["a.y"], "inconclusive", 2),
        ([PASSED, unmeasured("a.y", "broke", outcome=Outcome.ERROR)], ["a.y"], "inconclusive", 2),
        ([PASSED, unmeasured("a.y", "broke", outcome=Outcome.ERROR)], [], "pass", 0),
        ([unmeasured("a.x", "broke", outcome=Outcome.ERROR)], [], "error", 3),
        ([], [], "error", 3),
    ],
)  # fmt: skip
def test_the_gates_answer_and_exit_code(measurements, required, outcome, code) -> None:
    answer = gate(measurements, policy(*required))
    assert (answer.outcome, answer.exit) == (outcome, code)


def test_a_failure_below_fail_on_does_not_fail_the_gate() -> None:
    light = measured(0.5, 0.7, severity=Severity.LOW)
    assert gate([light], policy(fail_on=Severity.MEDIUM)).exit == 0
    assert gate([light], policy(fail_on=Severity.LOW)).exit == 1


def test_an_accepted_failure_is_covered_and_listed_and_counts_as_decided() -> None:
    answer = gate([FAILED], policy("a.x"), [slice_fingerprint(FAILED), "something else"])
    assert answer.exit == 0
    assert answer.accepted == (slice_fingerprint(FAILED),)


def test_an_acceptance_covers_its_own_slice_only() -> None:
    other = measured(0.5, 0.7, group="h")
    assert gate([FAILED, other], policy(), [slice_fingerprint(FAILED)]).exit == 1


def test_the_identity_of_a_failure_is_the_callers() -> None:
    answer = gate([FAILED], policy(), ["me"], fingerprint=lambda measurement: "me")
    assert answer.as_json() == {
        "outcome": "pass",
        "exit": 0,
        "fail_on": "high",
        "accepted": ["me"],
        "accepted_risks": [],
        "false_positives": [],
    }


def test_a_confirmed_false_positive_is_covered_and_told_apart_from_what_was_accepted() -> None:
    other = measured(0.5, 0.7, group="h")
    none = FalsePositive(
        "FND-2", slice_fingerprint(other), "2026-11-20T00:00:00Z", "olga", "Labels."
    )
    known = {none.fingerprint: none}
    assert gate([FAILED, other], policy("a.x"), false_positives=known).exit == 1
    answer = gate(
        [FAILED, other], policy("a.x"), [slice_fingerprint(FAILED)], false_positives=known
    )
    assert answer.exit == 0
    assert answer.accepted == (slice_fingerprint(FAILED),)
    assert answer.as_json()["false_positives"] == [none.as_json()]


def test_a_descriptive_value_alone_passes_when_nothing_is_required() -> None:
    assert gate([Measurement("a.d", 0.3, Interval(0.2, 0.4))], policy()).exit == 0


def test_accepted_risks_are_told_with_approver_reason_and_end() -> None:
    risk = AcceptedRisk("FND-1", "me", "2027-01-31T23:59:59Z", "ann", "Other controls: x")
    answer = gate([FAILED], policy(), {"me": risk, "other": risk}, fingerprint=lambda _: "me")
    assert answer.as_json()["accepted_risks"] == [
        {
            "finding": "FND-1",
            "fingerprint": "me",
            "expires_at": "2027-01-31T23:59:59Z",
            "approver": "ann",
            "reason": "Other controls: x",
        }
    ]

"""What a verdict says in words."""

from __future__ import annotations

import math

import pytest

from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval, Measurement, Threshold, unmeasured
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.sentence import distinct_number, limit_text, number, verdict_sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.7432, "0.743"),
        (-0.2333, "-0.233"),
        (0.05, "0.05"),
        (0.012345, "0.0123"),
        (0.00000012, "0.00000012"),
        (12.5, "12.500"),
        (1234567.8, "1,234,568"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_a_number_is_short_and_has_no_exponent(value, text) -> None:
    assert number(value) == text


def test_a_number_beside_a_limit_is_long_enough_to_be_told_from_it() -> None:
    assert distinct_number(0.79998, 0.8) == "0.79998"
    assert distinct_number(0.8, 0.8) == "0.800"
    assert distinct_number(0.85, 0.8, None) == "0.850"


@pytest.mark.parametrize(
    ("threshold", "text"),
    [
        (Threshold(min=0.8), "at least 0.800"),
        (Threshold(max=0.05), "at most 0.05"),
        (Threshold(min=-0.1, max=0.1), "between -0.100 and 0.100"),
    ],
)
def test_a_limit_is_said_in_words(threshold, text) -> None:
    assert limit_text(threshold) == text


def verdict(low: float, high: float) -> str:
    made = Measurement("a.b", (low + high) / 2, Interval(low, high), n=197)
    return verdict_sentence(judge(made, Threshold(min=0.8), Severity.HIGH))


def test_a_pass_a_fail_and_an_undecided_number_each_say_why() -> None:
    assert verdict(0.85, 0.95) == (
        "Pass: the whole 95% interval, 0.850 to 0.950, is at least 0.800."
    )
    assert verdict(0.62, 0.79) == (
        "Fail: required is at least 0.800, and the whole 95% interval, 0.620 to 0.790, lies outside."
    )
    undecided = verdict(0.67, 0.83)
    assert undecided.startswith("Inconclusive: required is at least 0.800, and the 95% interval")
    assert "would decide if the value stayed the same" in undecided


def test_a_near_miss_does_not_read_as_a_contradiction() -> None:
    assert "0.62 to 0.79999," in verdict(0.62, 0.79999).replace("0.620", "0.62")


def test_a_number_that_only_describes_has_no_verdict_sentence() -> None:
    assert verdict_sentence(Measurement("a.b", 0.7, Interval(0.6, 0.8))) == ""


def test_what_was_not_measured_says_why() -> None:
    blank = unmeasured("a.b", "the group has no positives", outcome=Outcome.INCONCLUSIVE)
    assert verdict_sentence(blank) == "Not measured: the group has no positives."

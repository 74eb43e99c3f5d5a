"""Performance of everybody: one slice, honest intervals, and reasons where there is no number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assessments.core.check import REGISTRY
from assessments.core.subject import Need, Subject, Task
from shield.evidence.outcome import Outcome
from tests.assessments.fairness.support import measured


def subject(n: int = 500, seed: int = 0) -> Subject:
    rng = np.random.default_rng(seed)
    score = rng.uniform(0, 1, n)
    label = (rng.random(n) < score).astype(np.int8)
    return Subject(Task.BINARY, n, label=label, decision=(score > 0.5).astype(np.int8), score=score)


BINARY = [
    each.id
    for each in REGISTRY.all().values()
    if each.pillar == "performance" and Task.BINARY in each.tasks
]


@pytest.mark.parametrize("check", BINARY)
def test_there_is_one_measurement_of_everybody_with_its_interval(check: str):
    (only,) = measured(check, subject()).values()
    assert dict(only.slice) == {}
    assert only.interval.low <= only.value <= only.interval.high
    assert not only.simultaneous
    assert only.statement.startswith("The ")
    assert only.method


@pytest.mark.parametrize(
    ("check", "label", "decision"),
    [
        ("recall", 0, None),
        ("specificity", 1, None),
        ("precision", None, 0),
        ("f1", 0, 0),
        ("balanced_accuracy", 1, None),
        ("auc", 1, None),
    ],
)
def test_a_number_that_the_data_cannot_give_is_inconclusive(check, label, decision):
    whole = subject()
    if label is not None:
        whole = replace(whole, label=np.full(whole.n, label, dtype=np.int8))
    if decision is not None:
        whole = replace(whole, decision=np.full(whole.n, decision, dtype=np.int8))
    only = measured(f"performance.{check}", whole)[()]
    assert only.value is None
    assert only.outcome is Outcome.INCONCLUSIVE
    assert "not defined" in only.reason


@pytest.mark.parametrize("check", BINARY)
def test_several_rows_a_person_widen_the_interval(check: str):
    once = subject(300)
    rows = np.repeat(np.arange(300), 6)
    naive = replace(
        once,
        n=len(rows),
        label=once.label[rows],
        decision=once.decision[rows],
        score=once.score[rows],
    )
    before = measured(check, naive)[()]
    after = measured(check, replace(naive, person=rows.astype(np.int32)))[()]
    assert after.value == pytest.approx(before.value, abs=0.03)
    width = before.interval.high - before.interval.low
    assert after.interval.high - after.interval.low > 1.5 * width


def test_macro_f1_draws_with_the_runs_generator_and_names_its_seed():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 300)
    decision = np.where(rng.random(300) < 0.6, truth, rng.integers(0, 3, 300))
    whole = Subject(Task.MULTICLASS, 300, label=truth, decision=decision, classes=("a", "b", "c"))
    first = measured("performance.macro_f1", whole, seed=3)[()]
    assert first == measured("performance.macro_f1", whole, seed=3)[()]
    assert first.interval != measured("performance.macro_f1", whole, seed=4)[()].interval
    assert first.seed == 3
    with pytest.raises(ValueError, match="replicates between"):
        measured("performance.macro_f1", whole, replicates=10)


def test_macro_f1_with_persons_keeps_its_value_and_widens():
    rng = np.random.default_rng(0)
    truth = np.repeat(rng.integers(0, 3, 100), 6)
    decision = np.where(np.repeat(rng.random(100), 6) < 0.6, truth, (truth + 1) % 3)
    naive = Subject(Task.MULTICLASS, 600, label=truth, decision=decision, classes=("a", "b", "c"))
    known = replace(naive, person=np.repeat(np.arange(100), 6).astype(np.int32))
    before, after = (measured("performance.macro_f1", each)[()] for each in (naive, known))
    assert after.value == before.value
    width = before.interval.high - before.interval.low
    assert after.interval.high - after.interval.low > 1.8 * width


def test_every_check_of_the_two_pillars_says_what_it_needs():
    for each in REGISTRY.all().values():
        if each.pillar == "fairness":
            assert Need.SENSITIVE in each.needs
        if each.pillar in ("fairness", "performance"):
            assert each.needs & {Need.DECISIONS, Need.SCORES}
            assert len(each.description) > 40

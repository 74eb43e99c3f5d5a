"""Every check on every odd subject: a number inside its interval, or a reason; never an error.

The subjects are what real data does to a check: empty and single-row groups, one label only, equal
scores, a single group, one person with all rows, numbers that never vary.
"""

from __future__ import annotations

import numpy as np
import pytest

from assessments.core.check import REGISTRY
from assessments.core.engine import run_check
from assessments.core.planning import PlannedCheck
from assessments.core.subject import Group, Grouping, Subject, Task
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.policy import Policy
from tests.assessments.fairness import support

POLICY = Policy("none", "1", ("fairness",), Severity.HIGH)
PILLARS = ("fairness", "performance")
CLASSES = ("x", "y", "z")


def odd_grouping(rng: np.random.Generator, name: str, n: int) -> Grouping:
    """One to six groups of very unequal sizes, one of them perhaps empty, perhaps a reference."""
    groups = int(rng.integers(1, 7))
    share = rng.dirichlet(np.full(groups, 0.3))
    codes = rng.choice(groups, size=n, p=share).astype(np.int32)
    sizes = np.bincount(codes, minlength=groups)
    reference = int(rng.integers(0, groups)) if rng.random() < 0.3 else None
    slices = tuple(Group({name: f"g{at}"}, int(size)) for at, size in enumerate(sizes))
    return Grouping((name,), codes, slices, reference)


def binary_columns(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    chance = rng.choice([0.0, 0.02, 0.5, 1.0], size=2)
    score = rng.choice([rng.random(n), np.full(n, 0.5), rng.integers(0, 2, n).astype(float)])
    return {
        "label": (rng.random(n) < chance[0]).astype(np.int8),
        "decision": (rng.random(n) < chance[1]).astype(np.int8),
        "score": score,
    }


def class_columns(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    used = int(rng.integers(1, 4))
    return {
        "label": rng.integers(0, used, n).astype(np.int32),
        "decision": rng.integers(0, used, n).astype(np.int32),
        "score": rng.dirichlet(np.ones(3), n),
    }


def number_columns(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    truth = rng.choice([np.full(n, 7.0), 1e9 + rng.standard_normal(n), rng.standard_t(1.5, n)])
    return {"label": truth, "decision": truth + rng.choice([0.0, 1.0]) * rng.standard_normal(n)}


COLUMNS = {
    Task.BINARY: binary_columns,
    Task.MULTICLASS: class_columns,
    Task.REGRESSION: number_columns,
}


def odd_subject(task: Task, seed: int) -> Subject:
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 5, 40, 300]))
    persons = rng.choice([0, 1, 3, n])
    return Subject(
        task,
        n,
        **COLUMNS[task](rng, n),
        classes=CLASSES if task is Task.MULTICLASS else (),
        groupings=(odd_grouping(rng, "race", n), odd_grouping(rng, "sex", n)),
        legitimate=(odd_grouping(rng, "grade", n),),
        person=rng.integers(0, persons, n).astype(np.int32) if persons else None,
    )


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("comparison", [None, "best", "worst", "overall", "rest", "reference"])
def test_every_check_gives_a_number_in_its_interval_or_a_reason(task: Task, comparison):
    for seed in range(25):
        subject = odd_subject(task, seed)
        for check in REGISTRY.all().values():
            if task not in check.tasks or check.pillar not in PILLARS:
                continue
            given = {"comparison": comparison} if comparison else {}
            known = {name: value for name, value in given.items() if allowed(check, value)}
            if comparison and not known:
                continue
            parameters = support.parse_parameters(check.parameters, known)
            planned = PlannedCheck(check, parameters)
            finished = run_check(
                planned, subject=subject, policy=POLICY, seed=1, progress=lambda f, m: None
            )
            assert finished.outcome is not Outcome.ERROR, (check.id, seed, finished.log)
            for each in finished.measurements:
                if each.value is None:
                    assert each.reason, (check.id, seed)
                else:
                    assert each.interval.low <= each.value <= each.interval.high, (
                        check.id,
                        seed,
                        each,
                    )


def allowed(check, comparison: str) -> bool:
    field = check.parameters.__dataclass_fields__.get("comparison")
    if field is None:
        return False
    return "Against" in str(field.type) or comparison in ("rest", "reference")

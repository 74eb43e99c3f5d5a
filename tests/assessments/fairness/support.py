"""Small subjects made of arrays, and a check run on one, so that no engine is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from assessments.core.check import REGISTRY, CheckResult, Context
from assessments.core.parameters import parse_parameters
from assessments.core.plugins import load_package
from assessments.core.subject import Group, Grouping, Subject, Task
from shield.evidence.judgement import judge
from shield.evidence.measurement import Measurement, Threshold
from shield.evidence.outcome import Severity

load_package("assessments.core.fairness")
load_package("assessments.core.performance")


def grouping(
    column: str,
    codes: np.ndarray,
    labels: Sequence[str] | None = None,
    *,
    reference: int | None = None,
) -> Grouping:
    """Groups of one column; `labels` default to a, b, c …"""
    names = labels or [chr(ord("a") + at) for at in range(int(codes.max()) + 1)]
    sizes = np.bincount(codes, minlength=len(names))
    return Grouping(
        (column,),
        codes.astype(np.int32),
        tuple(Group({column: name}, int(n)) for name, n in zip(names, sizes, strict=True)),
        reference,
    )


def binary(
    groups: Grouping | Sequence[Grouping],
    *,
    decision: np.ndarray | None = None,
    label: np.ndarray | None = None,
    score: np.ndarray | None = None,
    legitimate: Sequence[Grouping] = (),
    person: np.ndarray | None = None,
) -> Subject:
    """A binary subject."""
    groupings = (groups,) if isinstance(groups, Grouping) else tuple(groups)
    return Subject(
        Task.BINARY,
        len(groupings[0].codes),
        label=None if label is None else label.astype(np.int8),
        decision=None if decision is None else decision.astype(np.int8),
        score=score,
        groupings=groupings,
        legitimate=tuple(legitimate),
        person=None if person is None else person.astype(np.int32),
    )


def of_counts(cells: Mapping[str, tuple[int, int]], column: str = "race") -> Subject:
    """A subject from {group: (selected, rows)}, without labels."""
    codes = np.repeat(np.arange(len(cells)), [n for _, n in cells.values()])
    decision = np.concatenate(
        [np.r_[np.ones(k, dtype=int), np.zeros(n - k, dtype=int)] for k, n in cells.values()]
    )
    return binary(grouping(column, codes, list(cells)), decision=decision)


def run(check: str, subject: Subject, *, seed: int = 0, **parameters: object) -> CheckResult:
    """The check's result with its own seed."""
    found = REGISTRY.get(check)
    context = Context(subject, np.random.default_rng(seed), seed, lambda fraction, message: None)
    return found.function(context, parse_parameters(found.parameters, parameters))


def measured(
    check: str, subject: Subject, *, seed: int = 0, **parameters: object
) -> dict[tuple[str, ...], Measurement]:
    """The measurements by the labels of their slice: ("black",), ("*",), ("black", "female")."""
    found = run(check, subject, seed=seed, **parameters).measurements
    return {tuple(each.slice.values()): each for each in found}


def outcomes(
    check: str, subject: Subject, threshold: Threshold, **parameters: object
) -> dict[tuple[str, ...], str]:
    """The verdict of every slice under a threshold."""
    return {
        key: str(judge(each, threshold, Severity.HIGH).outcome)
        for key, each in measured(check, subject, **parameters).items()
    }


def with_reference(subject: Subject, at: int) -> Subject:
    """The same subject with a named reference group in every grouping."""
    return replace(
        subject, groupings=tuple(replace(each, reference=at) for each in subject.groupings)
    )

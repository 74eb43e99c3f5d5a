"""Data sets of known truth for the checks on scores, errors, classes and strata.

Each function returns a `Draw`: group sizes and how far each group is apart (0: parity) → subject.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from assessments.core.subject import Group, Grouping, Need, Subject, Task

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Draw = Callable[[Ints, Floats, np.random.Generator], Subject]


def grouping(sizes: Ints) -> Grouping:
    """Rows of the groups one after another."""
    groups = tuple(Group({"group": f"g{at}"}, int(n)) for at, n in enumerate(sizes))
    return Grouping(("group",), np.repeat(np.arange(sizes.size, dtype=np.int32), sizes), groups)


def _binary(sizes: Ints, score: Floats, label: Floats, rows: int = 1) -> Subject:
    """`rows` rows a person."""
    n = int(sizes.sum())
    return Subject(
        task=Task.BINARY,
        n=n,
        label=label.astype(np.int8),
        decision=(score >= np.median(score)).astype(np.int8),
        score=score,
        groupings=(grouping(sizes),),
        person=None if rows == 1 else (np.arange(n) // rows).astype(np.int32),
        needs_met=frozenset({Need.SCORES, Need.DECISIONS, Need.LABELS, Need.SENSITIVE}),
    )


def ranked(auc: float, base: float = 0.5, rows: int = 1) -> Draw:
    """Normal scores: AUC `auc` everywhere, `auc` − far in the groups apart. 5 rows a person share
    their label and half of the variance of their score."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        person = np.arange(n) // rows
        shift = np.repeat(np.sqrt(2.0) * ndtri(auc - far), sizes)
        label = rng.random(n)[person] < base
        own, shared = rng.standard_normal(n), rng.standard_normal(n)[person]
        noise = own if rows == 1 else np.sqrt(0.5) * (own + shared)
        return _binary(sizes, noise + shift * label, label, rows)

    return draw


def calibrated(a: float, b: float, wave: bool = False, over: float = 0.0) -> Draw:
    """Scores from Beta(a, b); labels come more often than predicted by far (by ± far with `wave`),
    and by `over` in the other groups."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        score = 0.02 + 0.85 * rng.beta(a, b, n)
        gap = np.repeat(np.where(far > 0, over + far, over), sizes)
        sign = np.where(score < np.median(score), 1.0, -1.0) if wave else 1.0
        chance = np.clip(score + sign * gap, 0.0, 1.0)
        return _binary(sizes, score, rng.random(n) < chance)

    return draw


def two_scores(spread: float) -> Draw:
    """Scores ½ ± d, right as probabilities, so that the Brier score is ¼ − d²; d² less by far."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        d = np.repeat(np.sqrt(spread - far), sizes)
        score = 0.5 + d * rng.choice([-1.0, 1.0], n)
        return _binary(sizes, score, rng.random(n) < score)

    return draw


def right_decisions(rate: float, base: float = 0.5) -> Draw:
    """TPR = TNR = `rate`, less by far in the groups apart."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        label = rng.random(n) < base
        right = rng.random(n) < np.repeat(rate - far, sizes)
        subject = _binary(sizes, rng.random(n), label)
        return replace(subject, decision=np.where(right, label, ~label).astype(np.int8))

    return draw


def errors(kind: str) -> Draw:
    """Predictions off by noise of variance 1 (normal, skewed or heavy-tailed), plus far."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        noise = _noise(kind, n, rng) + np.repeat(far, sizes)
        truth = 10.0 + 2.0 * rng.standard_normal(n)
        return _numbers(sizes, truth, truth + noise)

    return draw


def fitted(kind: str, r2: float) -> Draw:
    """1 − noise variance / truth variance = `r2`, less by far in the groups apart."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        truth = 10.0 + _noise(kind, n, rng)
        noise = np.repeat(np.sqrt(1.0 - r2 + far), sizes) * _noise(kind, n, rng)
        return _numbers(sizes, truth, truth + noise)

    return draw


def _noise(kind: str, n: int, rng: np.random.Generator) -> Floats:
    """Mean 0, variance 1."""
    if kind == "normal":
        return rng.standard_normal(n)
    if kind == "skewed":
        return rng.exponential(1.0, n) - 1.0
    return rng.standard_t(5, n) / np.sqrt(5 / 3)


def _numbers(sizes: Ints, truth: Floats, prediction: Floats) -> Subject:
    return Subject(
        task=Task.REGRESSION,
        n=int(sizes.sum()),
        label=truth,
        decision=prediction,
        groupings=(grouping(sizes),),
        needs_met=frozenset({Need.DECISIONS, Need.LABELS, Need.SENSITIVE}),
    )


def of_classes(hit: float = 0.7, shares: tuple[float, ...] = (0.5, 0.3, 0.2)) -> Draw:
    """Three classes; a share `hit` − far of rows is decided right, the rest as either other class."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n, k = int(sizes.sum()), len(shares)
        label = rng.choice(k, n, p=shares)
        wrong = (label + rng.integers(1, k, n)) % k
        right = rng.random(n) < np.repeat(hit - far, sizes)
        return _classified(sizes, label, np.where(right, label, wrong), k)

    return draw


def shares_of_classes() -> Draw:
    """Decisions that ignore the label; far more of class 0 and less of class 1."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        first = np.repeat(0.3 + far, sizes)
        u = rng.random(n)
        decision = np.where(u < first, 0, np.where(u < 0.8, 1, 2))
        return _classified(sizes, rng.integers(0, 3, n), decision, 3)

    return draw


def _classified(sizes: Ints, label: Ints, decision: Ints, k: int) -> Subject:
    return Subject(
        task=Task.MULTICLASS,
        n=int(sizes.sum()),
        label=label.astype(np.int32),
        decision=decision.astype(np.int32),
        classes=tuple("abc"[:k]),
        groupings=(grouping(sizes),),
        needs_met=frozenset({Need.DECISIONS, Need.LABELS, Need.SENSITIVE}),
    )


def in_strata(strata: int, top: float = 0.9) -> Draw:
    """Rates rise over strata, of which groups hold different shares; less by far in every stratum."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        lean = np.repeat(rng.uniform(0.5, 2.0, sizes.size), sizes)
        stratum = np.minimum((strata * rng.random(n) ** lean).astype(np.int64), strata - 1)
        rates = np.linspace(0.12, top, strata)
        decision = rng.random(n) < rates[stratum] - np.repeat(far, sizes)
        counts = np.bincount(stratum, minlength=strata)
        given = Grouping(
            ("grade",),
            stratum.astype(np.int32),
            tuple(Group({"grade": f"s{at}"}, int(each)) for at, each in enumerate(counts)),
        )
        subject = _binary(sizes, rng.random(n), rng.random(n) < 0.5)
        return replace(
            subject,
            decision=decision.astype(np.int8),
            legitimate=(given,),
            needs_met=subject.needs_met | {Need.LEGITIMATE},
        )

    return draw


def clustered_rates(rate: float, rows: int = 5) -> Draw:
    """Decisions alike within a person: each row repeats the person's with probability ½. The rate
    is `rate` × (1 − far): at far 0.2 the ratio is 0.8."""

    def draw(sizes: Ints, far: Floats, rng: np.random.Generator) -> Subject:
        n = int(sizes.sum())
        person = np.arange(n) // rows
        chance = np.repeat(rate * (1.0 - far), sizes)
        shared = rng.random(n)[person]
        u = np.where(rng.random(n) < 0.5, shared, rng.random(n))
        label = rng.random(n)[person] < 0.5
        subject = _binary(sizes, rng.random(n), label, rows)
        return replace(subject, decision=(u < chance).astype(np.int8))

    return draw

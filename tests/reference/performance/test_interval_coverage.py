"""Intervals of metrics without a closed form cover the true value about as often as they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from assessments.core.subject import Subject, Task
from tests.assessments.fairness.support import measured

RUNS = 300


def coverage(check: str, draw: Callable[[np.random.Generator], Subject], truth: float) -> float:
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(RUNS):
        (only,) = measured(f"performance.{check}", draw(rng)).values()
        covered += only.interval.low <= truth <= only.interval.high
    return covered / RUNS


def separated(distance: float, n: int = 120) -> Callable[[np.random.Generator], Subject]:
    """Two normal score distributions: AUC = Φ(distance / √2)."""

    def draw(rng: np.random.Generator) -> Subject:
        label = (np.arange(n) % 3 == 0).astype(np.int8)
        score = rng.normal(distance * label, 1.0)
        return Subject(Task.BINARY, n, label=label, score=score)

    return draw


@pytest.mark.parametrize("distance", [0.0, 1.0, 3.0])
def test_auc(distance: float):
    truth = float(norm.cdf(distance / np.sqrt(2)))
    assert coverage("auc", separated(distance), truth) >= 0.92


def calibrated(n: int, lift: float) -> Callable[[np.random.Generator], Subject]:
    """Labels come with probability score + lift, so that the calibration error is `lift`."""

    def draw(rng: np.random.Generator) -> Subject:
        score = rng.uniform(0.2, 0.7, n)
        label = (rng.random(n) < score + lift).astype(np.int8)
        return Subject(Task.BINARY, n, label=label, score=score)

    return draw


@pytest.mark.parametrize("lift", [0.0, 0.03, 0.08, 0.2])
@pytest.mark.parametrize("n", [200, 2000])
def test_calibration_error(n: int, lift: float):
    assert coverage("calibration_error", calibrated(n, lift), lift) >= 0.92


def test_corrected_calibration_error_is_less_biased_than_the_plain_one():
    rng = np.random.default_rng(4)
    found = [
        measured("performance.calibration_error", calibrated(300, 0.0)(rng))[()] for _ in range(100)
    ]
    plain = np.mean([each.detail["uncorrected"] for each in found])
    assert np.mean([each.value for each in found]) < 0.75 * plain


def fitted(rng: np.random.Generator) -> Subject:
    truth = rng.normal(0, 2.0, 100)
    return Subject(Task.REGRESSION, 100, label=truth, decision=truth + rng.normal(0.5, 1.0, 100))


@pytest.mark.parametrize(
    ("check", "truth"),
    [
        ("mean_error", 0.5),
        ("rmse", np.sqrt(1.25)),
        ("mean_absolute_error", 0.8955),
        ("r2", 1 - 1.25 / 4),
    ],
)
def test_regression(check: str, truth: float):
    assert coverage(check, fitted, truth) >= 0.91


def test_macro_f1():
    recall = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.3, 0.6]])

    def draw(rng: np.random.Generator) -> Subject:
        label = rng.integers(0, 3, 400)
        decision = (rng.random(400)[:, None] > np.cumsum(recall[label], axis=1)).sum(axis=1)
        return Subject(
            Task.MULTICLASS, 400, label=label, decision=decision, classes=("a", "b", "c")
        )

    precision = np.diag(recall) / recall.sum(axis=0)
    truth = float((2 * precision * np.diag(recall) / (precision + np.diag(recall))).mean())
    assert coverage("macro_f1", draw, truth) >= 0.92

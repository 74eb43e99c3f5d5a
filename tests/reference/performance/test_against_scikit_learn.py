"""Every metric of everybody equals scikit-learn's, for two classes, several classes and numbers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
)

from assessments.core.subject import Subject, Task
from tests.assessments.fairness.support import measured

SEEDS = (0, 1, 2)


def two_classes(seed: int, n: int = 3000) -> Subject:
    rng = np.random.default_rng(seed)
    score = np.round(rng.beta(2, 3, n), 3)
    label = (rng.random(n) < score**1.2).astype(np.int8)
    return Subject(
        Task.BINARY, n, label=label, decision=(score > 0.45).astype(np.int8), score=score
    )


def several_classes(seed: int, n: int = 3000, k: int = 4) -> Subject:
    rng = np.random.default_rng(seed)
    score = rng.dirichlet(np.ones(k), n)
    label = np.where(rng.random(n) < 0.5, score.argmax(axis=1), rng.integers(0, k, n))
    return Subject(
        Task.MULTICLASS,
        n,
        label=label.astype(np.int32),
        decision=score.argmax(axis=1).astype(np.int32),
        score=score,
        classes=("a", "b", "c", "d"),
    )


def numbers(seed: int, n: int = 3000) -> Subject:
    rng = np.random.default_rng(seed)
    truth = 1e6 + 2e4 * rng.standard_t(8, n)
    return Subject(Task.REGRESSION, n, label=truth, decision=truth + rng.normal(500, 8e3, n))


def specificity(truth, decision):
    return recall_score(truth, decision, pos_label=0)


DECISIONS = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "precision": precision_score,
    "recall": recall_score,
    "specificity": specificity,
    "f1": f1_score,
}
SCORES = {"auc": roc_auc_score, "brier_score": brier_score_loss, "log_loss": log_loss}


def overall(check: str, subject: Subject):
    (only,) = measured(f"performance.{check}", subject).values()
    assert dict(only.slice) == {}
    assert only.interval.low <= only.value <= only.interval.high
    return only


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_of_two_classes(name: str, seed: int):
    subject = two_classes(seed)
    expected = DECISIONS[name](subject.label, subject.decision)
    assert overall(name, subject).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SCORES)
def test_scores_of_two_classes(name: str, seed: int):
    subject = two_classes(seed)
    expected = SCORES[name](subject.label, subject.score)
    assert overall(name, subject).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("strategy", ["quantile", "uniform"])
def test_uncorrected_calibration_error_is_that_of_the_reliability_diagram(strategy: str):
    subject = two_classes(0)
    edges = "quantile" if strategy == "quantile" else "width"
    score = subject.score + np.random.default_rng(9).uniform(0, 1e-9, subject.n)  # no ties
    found = measured(
        "performance.calibration_error",
        Subject(Task.BINARY, subject.n, label=subject.label, score=score),
        edges=edges,
    )[()]
    happened, predicted = calibration_curve(subject.label, score, n_bins=10, strategy=strategy)
    if strategy == "quantile":
        weight = np.full(10, 0.1)
    else:
        weight = np.histogram(score, bins=np.linspace(0, 1, 11))[0] / subject.n
        weight = weight[weight > 0]
    plain = float((weight * np.abs(happened - predicted)).sum())
    assert found.detail["uncorrected"] == pytest.approx(plain, abs=2e-4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "function", "options"),
    [
        ("accuracy", accuracy_score, {}),
        ("balanced_accuracy", balanced_accuracy_score, {}),
        ("macro_precision", precision_score, {"average": "macro"}),
        ("macro_recall", recall_score, {"average": "macro"}),
        ("macro_f1", f1_score, {"average": "macro"}),
    ],
)
def test_decisions_of_several_classes(name: str, function, options: dict, seed: int):
    subject = several_classes(seed)
    expected = function(subject.label, subject.decision, **options)
    assert overall(name, subject).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("class_precision", precision_score),
        ("class_recall", recall_score),
        ("class_f1", f1_score),
    ],
)
def test_each_class(name: str, function, seed: int):
    subject = several_classes(seed)
    found = measured(f"performance.{name}", subject)
    expected = function(subject.label, subject.decision, average=None)
    for label, value in zip(subject.classes, expected, strict=True):
        assert found[label,].value == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_of_several_classes(seed: int):
    subject = several_classes(seed)
    indicator = np.eye(4)[subject.label]
    expected = {
        "log_loss": log_loss(subject.label, subject.score),
        "macro_auc": roc_auc_score(
            subject.label, subject.score, multi_class="ovr", average="macro"
        ),
        "brier_score": float(((subject.score - indicator) ** 2).sum(axis=1).mean()),
    }
    for name, value in expected.items():
        assert overall(name, subject).value == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_predicted_numbers(seed: int):
    subject = numbers(seed)
    truth, prediction = subject.label, subject.decision
    expected = {
        "mean_error": float((prediction - truth).mean()),
        "mean_absolute_error": mean_absolute_error(truth, prediction),
        "rmse": mean_squared_error(truth, prediction) ** 0.5,
        "r2": r2_score(truth, prediction),
    }
    for name, value in expected.items():
        assert overall(name, subject).value == pytest.approx(value, rel=1e-9)

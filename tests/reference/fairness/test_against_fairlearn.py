"""Every metric per group equals fairlearn's MetricFrame with scikit-learn's functions."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    demographic_parity_ratio,
    equalized_odds_difference,
    equalized_odds_ratio,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_negative_rate,
    true_positive_rate,
)
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    mean_squared_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
)

from assessments.core.subject import Subject, Task
from tests.assessments.fairness.support import binary, grouping, measured

SEEDS = (0, 1, 2)


def negative_predictive_value(truth, prediction):
    return precision_score(truth, prediction, pos_label=0)


DECISION_METRICS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "true_negative_rate": true_negative_rate,
    "false_negative_rate": false_negative_rate,
    "positive_predictive_value": precision_score,
    "negative_predictive_value": negative_predictive_value,
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
}
SCORE_METRICS = {"auc": roc_auc_score, "brier_score": brier_score_loss}


def random_subject(seed: int, n: int = 4000, groups: int = 7):
    rng = np.random.default_rng(seed)
    codes = rng.choice(groups, size=n, p=rng.dirichlet(np.full(groups, 3.0)))
    # Two decimals: ties in the score, within and across labels.
    score = np.round(rng.beta(2, 3, n) * (0.8 + 0.05 * (codes % 4)), 2)
    label = (rng.random(n) < score).astype(int)
    decision = (score > 0.4).astype(int)
    return binary(grouping("race", codes), label=label, decision=decision, score=score)


def frame(function, subject, prediction):
    return MetricFrame(
        metrics=function,
        y_true=subject.label,
        y_pred=prediction,
        sensitive_features=subject.groupings[0].codes,
    ).by_group.to_numpy(dtype=float)


def values(check: str, subject) -> np.ndarray:
    found = measured(check, subject)
    return np.array(
        [found[tuple(group.slice.values())].value for group in subject.groupings[0].groups]
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", DECISION_METRICS)
def test_decision_metric_per_group(name: str, seed: int):
    subject = random_subject(seed)
    expected = frame(DECISION_METRICS[name], subject, subject.decision)
    np.testing.assert_allclose(values(f"fairness.{name}", subject), expected, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SCORE_METRICS)
def test_score_metric_per_group(name: str, seed: int):
    subject = random_subject(seed)
    expected = frame(SCORE_METRICS[name], subject, subject.score)
    np.testing.assert_allclose(values(f"fairness.{name}", subject), expected, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_uncorrected_gaps_are_fairlearns_difference_and_ratio(seed: int):
    subject = random_subject(seed)
    plain = {"sensitive_features": subject.groupings[0].codes}
    truth, decision = subject.label, subject.decision
    difference = measured("fairness.demographic_parity_difference", subject)["*",]
    ratio = measured("fairness.selection_rate_ratio", subject)["*",]
    odds = measured("fairness.equalized_odds_difference", subject)["*",]
    assert difference.detail["uncorrected"] == pytest.approx(
        demographic_parity_difference(truth, decision, **plain)
    )
    assert ratio.detail["uncorrected"] == pytest.approx(
        demographic_parity_ratio(truth, decision, **plain)
    )
    odds_ratio = measured("fairness.equalized_odds_ratio", subject)["*",]
    assert odds_ratio.detail["uncorrected"] == pytest.approx(
        equalized_odds_ratio(truth, decision, **plain)
    )
    assert odds.detail["uncorrected"] <= equalized_odds_difference(truth, decision, **plain) + 1e-12


@pytest.mark.parametrize("seed", SEEDS)
def test_difference_to_overall_is_metric_frames(seed: int):
    subject = random_subject(seed)
    made = MetricFrame(
        metrics=true_positive_rate,
        y_true=subject.label,
        y_pred=subject.decision,
        sensitive_features=subject.groupings[0].codes,
    )
    found = measured("fairness.equal_opportunity_difference", subject, comparison="overall")
    ours = [found[tuple(group.slice.values())].value for group in subject.groupings[0].groups]
    np.testing.assert_allclose(ours, (made.by_group - made.overall).to_numpy(float), atol=1e-12)


def random_regression(seed: int, n: int = 3000, groups: int = 5):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, groups, n)
    truth = 50_000 + 8_000 * rng.standard_normal(n) + 1_000 * codes
    prediction = truth + rng.normal(300 * codes, 3_000 + 500 * codes)
    groupings = (grouping("race", codes),)
    return Subject(Task.REGRESSION, n, label=truth, decision=prediction, groupings=groupings)


def mean_error(truth, prediction):
    return float(np.mean(prediction - truth))


def root_mean_squared_error(truth, prediction):
    return mean_squared_error(truth, prediction) ** 0.5


def mean_prediction(truth, prediction):
    return float(np.mean(prediction))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("mean_error", mean_error),
        ("rmse", root_mean_squared_error),
        ("r2", r2_score),
        ("mean_prediction", mean_prediction),
    ],
)
def test_regression_metric_per_group_and_of_all_other_rows(name: str, function, seed: int):
    subject = random_regression(seed)
    expected = frame(function, subject, subject.decision)
    np.testing.assert_allclose(values(f"fairness.{name}", subject), expected, rtol=1e-9)
    for at in range(5):
        rest = subject.groupings[0].codes != at
        other = function(subject.label[rest], subject.decision[rest])
        gap = measured(f"fairness.{name}_gap", subject)[chr(ord("a") + at),]
        assert gap.detail["reference_value"] == pytest.approx(other, rel=1e-9)
        assert gap.value == pytest.approx(expected[at] - other, rel=1e-6, abs=1e-8)


def random_classes(seed: int, n: int = 4000, groups: int = 4, k: int = 3):
    rng = np.random.default_rng(seed)
    codes, truth = rng.integers(0, groups, n), rng.integers(0, k, n)
    decision = np.where(rng.random(n) < 0.6, truth, rng.integers(0, k, n))
    return Subject(
        Task.MULTICLASS,
        n,
        label=truth.astype(np.int32),
        decision=decision.astype(np.int32),
        classes=("low", "middle", "high"),
        groupings=(grouping("race", codes),),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("check", "function"),
    [("multiclass_recall", recall_score), ("multiclass_precision", precision_score)],
)
def test_class_and_macro_rates_per_group(check: str, function, seed: int):
    subject = random_classes(seed)
    found = measured(f"fairness.{check}", subject)
    for at in range(4):
        rows = subject.groupings[0].codes == at
        truth, decision = subject.label[rows], subject.decision[rows]
        name = chr(ord("a") + at)
        for label, value in zip(
            subject.classes, function(truth, decision, average=None), strict=True
        ):
            assert found[name, label].value == pytest.approx(value)
        macro = function(truth, decision, average="macro")
        assert found[name,].value == pytest.approx(macro)
    accuracy = frame(accuracy_score, subject, subject.decision)
    np.testing.assert_allclose(values("fairness.multiclass_accuracy", subject), accuracy)

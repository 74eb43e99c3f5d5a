"""Grouped AUC and its standard error against a direct computation, scikit-learn and resampling."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from assessments.core.metrics import ranking
from assessments.core.metrics.ranking import (
    grouped_auc,
    placement_influence,
    rank_scores,
    rest_auc,
)


def delong_by_definition(score: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """DeLong, DeLong & Clarke-Pearson (1988), equations 3 to 5, on the full matrix of pairs."""
    x, y = score[label == 1], score[label == 0]
    wins = (x[:, None] > y[None]) + 0.5 * (x[:, None] == y[None])
    variance = wins.mean(axis=1).var(ddof=1) / len(x) + wins.mean(axis=0).var(ddof=1) / len(y)
    return float(wins.mean()), float(np.sqrt(variance))


def random_rows(seed: int, n: int = 1500, groups: int = 6, decimals: int = 2):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, groups, n)
    label = (rng.random(n) < 0.3 + 0.05 * codes).astype(np.int8)
    score = np.round(rng.normal(0.3 * label + 0.1 * codes, 0.4), decimals)
    return score, label, codes.astype(np.int32)


@pytest.mark.parametrize("decimals", [1, 2, 12])
@pytest.mark.parametrize("seed", [0, 1])
def test_value_and_standard_error_of_every_group(seed: int, decimals: int):
    score, label, codes = random_rows(seed, decimals=decimals)
    found = grouped_auc(rank_scores(score, label), codes, 6)
    for at in range(6):
        rows = codes == at
        value, error = delong_by_definition(score[rows], label[rows])
        assert found.auc[at] == pytest.approx(value, abs=1e-12)
        assert found.auc[at] == pytest.approx(roc_auc_score(label[rows], score[rows]), abs=1e-12)
        assert found.standard_error[at] == pytest.approx(error, rel=1e-10)


@pytest.mark.parametrize("decimals", [1, 12])
def test_all_other_rows_without_sorting_them_again(decimals: int):
    score, label, codes = random_rows(3, decimals=decimals)
    found = rest_auc(rank_scores(score, label), codes, 6)
    for at in range(6):
        rows = codes != at
        value, error = delong_by_definition(score[rows], label[rows])
        assert found.auc[at] == pytest.approx(value, abs=1e-12)
        assert found.standard_error[at] == pytest.approx(error, rel=2e-3)


def test_standard_error_agrees_with_a_bootstrap_of_rows():
    score, label, codes = random_rows(5, n=900, groups=1, decimals=12)
    rng = np.random.default_rng(0)
    values = []
    for _ in range(600):
        rows = rng.integers(0, 900, 900)
        values.append(roc_auc_score(label[rows], score[rows]))
    error = grouped_auc(rank_scores(score, label), codes, 1).standard_error[0]
    assert error == pytest.approx(np.std(values), rel=0.08)


def test_influence_squares_add_up_to_delongs_variance():
    score, label, codes = random_rows(6)
    ranked = rank_scores(score, label)
    influence = placement_influence(ranked, codes, 6)
    found = grouped_auc(ranked, codes, 6)
    total = np.bincount(codes, weights=influence**2, minlength=6)
    # DeLong divides by m − 1 where the influence divides by m.
    np.testing.assert_allclose(np.sqrt(total), found.standard_error, rtol=0.01)


def test_groups_without_pairs_have_no_auc():
    codes = np.array([0, 0, 1, 1, 2], dtype=np.int32)
    label = np.array([0, 1, 1, 1, 0], dtype=np.int8)
    found = grouped_auc(rank_scores(np.linspace(0, 1, 5), label), codes, 4)
    assert found.auc[0] == 1.0
    assert np.isnan(found.auc[1:]).all()


def test_histogram_of_very_many_rows_stays_within_its_stated_error(monkeypatch):
    score, label, codes = random_rows(7, n=20_000, decimals=12)
    exact = grouped_auc(rank_scores(score, label), codes, 6)
    monkeypatch.setattr(ranking, "HISTOGRAM_ROWS", 1000)
    binned = grouped_auc(rank_scores(score, label), codes, 6)
    assert exact.tie_error == 0.0
    assert 0 < binned.tie_error < 5e-4
    assert np.abs(binned.auc - exact.auc).max() <= binned.tie_error

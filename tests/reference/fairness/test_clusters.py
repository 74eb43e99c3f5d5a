"""Several rows a person: effective counts against a bootstrap of whole persons."""

from __future__ import annotations

import numpy as np
import pytest

from assessments.core.metrics.clusters import (
    cluster_moments,
    clusters_of,
    effective_counts,
    influence_variance,
    ratio_variance,
)
from assessments.core.metrics.ranking import grouped_auc, placement_influence, rank_scores


def clustered_rows(seed: int, persons: int = 400, groups: int = 2):
    """Each person has one to eight rows and an own propensity: decisions within a person agree."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(1, 9, persons)
    person = np.repeat(np.arange(persons), rows)
    codes = (np.arange(persons) % groups)[person].astype(np.int32)
    propensity = rng.beta(0.6, 0.9, persons)[person]
    decision = (rng.random(len(person)) < propensity).astype(np.int8)
    return person.astype(np.int32), codes, decision, propensity, rng


def bootstrap_of_persons(person, value_of, replicates: int, rng) -> np.ndarray:
    order = np.argsort(person, kind="stable")
    starts = np.searchsorted(person[order], np.arange(person.max() + 2))
    values = []
    for _ in range(replicates):
        drawn = rng.integers(0, person.max() + 1, person.max() + 1)
        rows = np.concatenate([order[starts[at] : starts[at + 1]] for at in drawn])
        values.append(value_of(rows))
    return np.array(values)


def test_effective_count_reproduces_the_variance_between_persons():
    person, codes, decision, _, rng = clustered_rows(0)
    moments = cluster_moments(clusters_of(codes, 2, person), decision, np.ones(len(person)))
    k = np.bincount(codes, weights=decision, minlength=2)
    n = np.bincount(codes, minlength=2).astype(float)
    resampled = bootstrap_of_persons(
        person,
        lambda rows: [decision[rows][codes[rows] == g].mean() for g in (0, 1)],
        800,
        rng,
    )
    linear = np.sqrt(ratio_variance(k, n, moments))
    np.testing.assert_allclose(linear, resampled.std(axis=0), rtol=0.1)
    effective_k, effective_n, effect = effective_counts(k, n, moments)
    p = k / n
    np.testing.assert_allclose(effective_k / effective_n, p)
    np.testing.assert_allclose(np.sqrt(p * (1 - p) / effective_n), linear, rtol=0.02)
    assert (effect > 1.5).all()


def test_all_other_rows_have_a_design_effect_of_their_own():
    person, codes, decision, _, _ = clustered_rows(1, groups=3)
    clusters = clusters_of(codes, 3, person)
    rest = cluster_moments(clusters, decision, np.ones(len(person))).rest()
    for at in range(3):
        rows = codes != at
        alone = cluster_moments(
            clusters_of(np.zeros(rows.sum(), dtype=np.int32), 1, person[rows]),
            decision[rows],
            np.ones(rows.sum()),
        )
        for name in ("aa", "ab", "bb", "clusters"):
            assert getattr(rest, name)[at] == pytest.approx(getattr(alone, name)[0])


def test_independent_rows_keep_nearly_all_their_information():
    rng = np.random.default_rng(2)
    n = 20_000
    person, codes = rng.integers(0, 8000, n), np.zeros(n, dtype=np.int32)
    decision = (rng.random(n) < 0.3).astype(np.int8)
    moments = cluster_moments(clusters_of(codes, 1, person), decision, np.ones(n))
    effective = effective_counts(decision.sum(keepdims=True), np.array([n]), moments)[1]
    assert effective[0] > 0.95 * n


def test_a_rate_of_one_counts_persons_not_rows():
    person = np.repeat(np.arange(20), 10)
    codes, decision = np.zeros(200, dtype=np.int32), np.ones(200)
    moments = cluster_moments(clusters_of(codes, 1, person), decision, np.ones(200))
    effective = effective_counts(np.array([200]), np.array([200]), moments)[1]
    assert 15 <= effective[0] <= 20


def test_sparse_and_dense_numbering_of_persons_agree():
    rng = np.random.default_rng(3)
    person, codes = rng.integers(0, 50, 300), rng.integers(0, 3, 300).astype(np.int32)
    values = rng.random(300)
    dense = cluster_moments(clusters_of(codes, 3, person), values, np.ones(300))
    huge = person * 10_000_000
    sparse = cluster_moments(clusters_of(codes, 3, huge), values, np.ones(300))
    np.testing.assert_allclose(dense.aa, sparse.aa)
    np.testing.assert_array_equal(dense.clusters, sparse.clusters)


def test_auc_of_clustered_rows_agrees_with_a_bootstrap_of_persons():
    person, codes, decision, propensity, rng = clustered_rows(4, groups=1)
    score = np.clip(propensity + rng.normal(0, 0.3, len(person)), 0, 1)
    ranked = rank_scores(score, decision)
    variance, _ = influence_variance(
        clusters_of(codes, 1, person), placement_influence(ranked, codes, 1)
    )

    def auc_of(rows: np.ndarray) -> float:
        return float(grouped_auc(rank_scores(score[rows], decision[rows]), codes[rows], 1).auc[0])

    resampled = bootstrap_of_persons(person, auc_of, 500, rng)
    naive = grouped_auc(ranked, codes, 1).standard_error[0]
    assert np.sqrt(variance[0]) == pytest.approx(resampled.std(), rel=0.12)
    assert np.sqrt(variance[0]) > 1.1 * naive

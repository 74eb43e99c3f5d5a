"""The counts engine and its bootstrap against the rows they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from assessments.core.metrics.bootstrap import (
    bootstrap_interval,
    percentile_interval,
    replicate_counts,
)
from assessments.core.metrics.classes import macro_f1, one_against_rest
from assessments.core.metrics.counts import cell_codes, cell_counts, complement, confusion_counts
from assessments.core.metrics.rates import RATES, rate_table
from tests.assessments.fairness.support import grouping


def rows(seed: int = 0, n: int = 1200, groups: int = 4, k: int = 2):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, groups, n).astype(np.int32)
    label = rng.integers(0, k, n)
    decision = np.where(rng.random(n) < 0.7, label, rng.integers(0, k, n))
    return codes, label, decision


@pytest.mark.parametrize("k", [2, 5])
def test_cells_of_several_groupings_are_confusion_matrices(k: int):
    codes, label, decision = rows(k=k)
    groupings = (grouping("race", codes), grouping("sex", codes % 2))
    for each, table in zip(groupings, confusion_counts(groupings, label, decision, k), strict=True):
        for at in range(len(each.groups)):
            mine = each.codes == at
            expected = confusion_matrix(label[mine], decision[mine], labels=range(k))
            np.testing.assert_array_equal(table[at], expected)


def test_counting_does_not_change_the_columns():
    codes, label, decision = rows()
    before = codes.copy()
    cells, _ = cell_codes(label, decision)
    cell_counts(codes, 4, cells, 4)
    np.testing.assert_array_equal(codes, before)


def test_complement_counts_all_other_rows():
    codes, label, decision = rows()
    table = confusion_counts((grouping("race", codes),), label, decision)[0]
    for at in range(4):
        others = codes != at
        expected = confusion_matrix(label[others], decision[others])
        np.testing.assert_array_equal(complement(table)[at], expected)


def test_one_class_against_the_others_is_a_binary_table():
    codes, label, decision = rows(k=3)
    table = confusion_counts((grouping("race", codes),), label, decision, 3)[0]
    for at, binary in enumerate(one_against_rest(table)):
        for group in range(4):
            mine = codes == group
            expected = confusion_matrix(label[mine] == at, decision[mine] == at)
            np.testing.assert_array_equal(binary[group], expected)


def test_multinomial_replicates_have_the_distribution_of_resampled_rows():
    codes, label, decision = rows()
    cells, _ = cell_codes(label, decision)
    counts = cell_counts(codes, 4, cells, 4).reshape(4, 2, 2)
    rng = np.random.default_rng(1)
    drawn = rate_table(replicate_counts(counts, 3000, rng))  # (10, replicates, 4)
    direct = []
    for _ in range(1500):
        again = rng.integers(0, len(codes), len(codes))
        table = cell_counts(codes[again], 4, cells[again], 4).reshape(4, 2, 2)
        direct.append(rate_table(table))
    resampled = np.stack(direct, axis=1)
    np.testing.assert_allclose(drawn.mean(axis=1), resampled.mean(axis=1), atol=0.004)
    np.testing.assert_allclose(drawn.std(axis=1), resampled.std(axis=1), rtol=0.09)
    assert drawn.shape[0] == len(RATES)


def test_percentile_interval_is_that_of_the_sorted_replicates():
    values = np.random.default_rng(2).random((1000, 3, 2))
    low, high = percentile_interval(values, 0.95)
    ordered = np.sort(values, axis=0)
    np.testing.assert_array_equal(low, ordered[24])
    np.testing.assert_array_equal(high, ordered[975])


def test_percentile_interval_leaves_undefined_replicates_out():
    values = np.linspace(0, 1, 101)[:, None].repeat(2, axis=1)
    values[:50, 1] = np.nan
    low, high = percentile_interval(values, 0.9)
    assert (low[0], high[0]) == pytest.approx((0.05, 0.95))
    assert low[1] > 0.5


def test_bootstrap_of_a_macro_mean_is_seeded():
    _, label, decision = rows(k=3)
    table = confusion_matrix(label, decision)
    first, second, other = (
        bootstrap_interval(
            table, macro_f1, replicates=500, confidence=0.95, rng=np.random.default_rng(seed)
        )
        for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other

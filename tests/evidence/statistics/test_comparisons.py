"""Groups against each other: whole families of intervals hold, and edges are honest."""

from __future__ import annotations

import time

import numpy as np
import pytest

from benchmarks.validity_families import FAMILIES, family_coverage, very_unequal
from shield.evidence.statistics.comparisons import (
    estimate_difference_to_reference,
    estimate_difference_to_rest,
    rate_difference_to_best,
    rate_difference_to_overall,
    rate_difference_to_reference,
    rate_difference_to_rest,
    rate_ratio_to_best,
    rate_ratio_to_overall,
    rate_ratio_to_reference,
    rate_ratio_to_rest,
)

SCENARIOS = {
    "2 equal groups of 30": (np.array([0.5, 0.5]), np.array([30, 30])),
    "2 groups apart": (np.array([0.5, 0.4]), np.array([1000, 1000])),
    "3 groups, one better": (np.array([0.6, 0.6, 0.9]), np.array([400, 400, 400])),
    "20 rare groups of 30": (np.full(20, 0.05), np.full(20, 30)),
    "20 very unequal groups": (np.where(np.arange(20) == 19, 0.9, 0.6), very_unequal(20)),
    "20 spread groups": (np.linspace(0.05, 0.9, 20)[::-1], np.full(20, 200)),
}
WITHOUT_REFERENCE = [
    rate_ratio_to_best,
    rate_difference_to_best,
    rate_ratio_to_rest,
    rate_difference_to_rest,
    rate_ratio_to_overall,
    rate_difference_to_overall,
]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("family", FAMILIES)
def test_all_intervals_of_a_family_hold_together(family: str, scenario: str) -> None:
    p, n = SCENARIOS[scenario]
    rng = np.random.default_rng(20261120)
    # The bar is 0.94; 300 audits have a standard error of 1.3 points at 0.95.
    assert family_coverage(family, p, n, audits=300, rng=rng) >= 0.94 - 0.025


def test_mortgage_decisions_in_boston_have_the_intervals_of_the_textbook() -> None:
    """Black : white 0.743 [0.67, 0.82] and −0.233 [−0.30, −0.17] (Katz and Wald, two groups)."""
    ratio = rate_ratio_to_best([133, 1527], [197, 1681])
    difference = rate_difference_to_reference([133, 1527], [197, 1681], 1)
    assert [ratio.value[0], ratio.low[0], ratio.high[0]] == pytest.approx(
        [0.743, 0.67, 0.82], abs=0.006
    )
    assert [difference.value[0], difference.low[0], difference.high[0]] == pytest.approx(
        [-0.233, -0.30, -0.17], abs=0.006
    )


@pytest.mark.parametrize("compare", WITHOUT_REFERENCE)
def test_a_group_without_rows_is_not_estimable_and_changes_nobody_else(compare) -> None:
    with_empty = compare([10, 0, 20], [40, 0, 50])
    without = compare([10, 20], [40, 50], family=2)
    assert with_empty.estimable.tolist() == [True, False, True]
    assert np.isnan([with_empty.value[1], with_empty.low[1], with_empty.high[1]]).all()
    np.testing.assert_allclose(with_empty.value[[0, 2]], without.value)
    np.testing.assert_allclose(with_empty.low[[0, 2]], without.low)


@pytest.mark.parametrize("compare", WITHOUT_REFERENCE)
def test_a_single_group_has_nothing_to_be_compared_with(compare) -> None:
    alone = compare([3, 0], [5, 0])
    assert not alone.estimable.any()
    assert np.isnan(alone.value).all()
    assert np.isnan(alone.low).all()


def test_no_group_at_all_gives_empty_arrays() -> None:
    assert rate_ratio_to_best([], []).value.shape == (0,)


@pytest.mark.parametrize("compare", [rate_ratio_to_best, rate_ratio_to_rest])
def test_ratios_of_zero_to_zero_are_not_estimable(compare) -> None:
    assert not compare([0, 0], [50, 60]).estimable.any()


def test_differences_of_zero_to_zero_are_estimable_and_uncertain() -> None:
    compared = rate_difference_to_rest([0, 0], [50, 60])
    assert compared.value.tolist() == [0.0, 0.0]
    assert (compared.low < -0.05).all() and (compared.high > 0.05).all()


def test_a_group_of_one_row_decides_nothing() -> None:
    for decided in (0, 1):
        compared = rate_difference_to_rest([decided, 500], [1, 1000])
        assert compared.low[0] < -0.10 and compared.high[0] > 0.10


def test_the_best_group_is_one_and_cannot_be_more() -> None:
    compared = rate_ratio_to_best([60, 30, 59], [100, 100, 100])
    assert compared.value[0] == 1.0
    assert compared.high.max() == 1.0
    assert compared.low[0] < 1.0  # another group may truly be the best


def test_equal_sizes_and_certain_order_leave_the_best_group_at_exactly_one() -> None:
    compared = rate_ratio_to_best([9000, 1000], [10000, 10000])
    assert compared.low[0] == compared.high[0] == 1.0


@pytest.mark.parametrize("compare", [rate_ratio_to_reference, rate_difference_to_reference])
def test_the_reference_is_equal_to_itself_by_definition(compare) -> None:
    compared = compare([10, 20, 0], [40, 50, 0], 1)
    assert compared.value[1] == compared.low[1] == compared.high[1]
    assert compared.estimable.tolist() == [True, True, False]


@pytest.mark.parametrize(("k", "n"), [([5, 0], [10, 0]), ([5, 0], [10, 10])])
def test_an_empty_or_never_successful_reference_allows_no_ratio(k, n) -> None:
    assert not rate_ratio_to_reference(k, n, 1).estimable.any()


def test_overall_and_rest_tell_the_same_story() -> None:
    k, n = np.array([30.0, 90.0, 200.0]), np.array([100.0, 200.0, 300.0])
    overall, to_rest = rate_difference_to_overall(k, n), rate_difference_to_rest(k, n)
    np.testing.assert_allclose(overall.value, k / n - k.sum() / n.sum())
    np.testing.assert_allclose(overall.low / overall.value, to_rest.low / to_rest.value)
    ratio = rate_ratio_to_overall(k, n)
    np.testing.assert_allclose(ratio.value, (k / n) / (k.sum() / n.sum()))


@pytest.mark.parametrize("compare", WITHOUT_REFERENCE)
def test_a_larger_family_widens_every_interval(compare) -> None:
    k, n = [10, 20, 14], [40, 50, 60]
    alone, shared = compare(k, n), compare(k, n, family=30)
    assert (shared.low <= alone.low).all() and (alone.high <= shared.high).all()
    assert (shared.high - shared.low > alone.high - alone.low).any()


@pytest.mark.parametrize("compare", WITHOUT_REFERENCE)
def test_counts_divided_by_a_design_effect_keep_the_value_and_widen_the_interval(compare) -> None:
    k, n = np.array([40.0, 70.0, 30.0]), np.array([100.0, 150.0, 80.0])
    plain, adjusted = compare(k, n), compare(k / 1.7, n / 1.7)
    np.testing.assert_allclose(adjusted.value, plain.value)
    assert (adjusted.low <= plain.low).all() and (plain.high <= adjusted.high).all()


def test_two_hundred_groups_and_ten_metrics_take_a_fraction_of_a_second() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(10, 10_000, 200)
    k = rng.binomial(n, 0.3)
    rate_ratio_to_best(k, n)  # critical values are computed once
    start = time.process_time()
    rate_ratio_to_best(k, n)
    for _ in range(9):
        rate_difference_to_rest(k, n)
    assert time.process_time() - start < 0.3


def test_estimates_differ_from_the_weighted_mean_of_the_others() -> None:
    compared = estimate_difference_to_rest([0.7, 0.8, 0.9], [0.02, 0.01, 0.03], [10, 20, 30])
    assert compared.value[0] == pytest.approx(0.7 - (0.8 * 20 + 0.9 * 30) / 50)
    error = np.sqrt(0.02**2 + (0.01 * 20 / 50) ** 2 + (0.03 * 30 / 50) ** 2)
    assert compared.high[0] - compared.value[0] == pytest.approx(2.3877 * error, rel=1e-4)


@pytest.mark.parametrize("missing", [(np.nan, 0.01), (0.8, np.nan), (0.8, 0.0), (0.8, np.inf)])
def test_an_estimate_without_value_or_spread_is_not_estimable(missing) -> None:
    estimate, error = [0.7, missing[0], 0.9], [0.02, missing[1], 0.03]
    to_rest = estimate_difference_to_rest(estimate, error, [10, 20, 30])
    assert to_rest.estimable.tolist() == [True, False, True]
    assert to_rest.value[0] == pytest.approx(-0.2)
    assert np.isnan(to_rest.low[1])
    assert not estimate_difference_to_reference(estimate, error, 1).estimable.any()
    to_reference = estimate_difference_to_reference(estimate, error, 2)
    assert to_reference.value[0] == pytest.approx(-0.2)
    assert to_reference.low[2] == to_reference.high[2] == 0.0


def test_few_degrees_of_freedom_widen_the_interval_of_an_estimate() -> None:
    arguments = ([0.7, 0.8], [0.02, 0.01], [10, 20])
    normal = estimate_difference_to_rest(*arguments)
    student = estimate_difference_to_rest(*arguments, degrees_of_freedom=[9, 19])
    assert student.low[0] < normal.low[0]

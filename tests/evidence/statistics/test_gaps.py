"""The largest gap: what chance adds is taken off, and the interval holds whoever is best."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.validity_families import very_unequal
from shield.evidence.statistics.gaps import estimate_gap, holm, rate_gap, rate_ratio_gap


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261120)


SIZES = {"equal": np.full(20, 200), "very unequal": very_unequal(20, 30)}


@pytest.mark.parametrize("sizes", SIZES)
def test_without_disparity_most_of_the_observed_gap_is_taken_off(sizes, rng) -> None:
    n = SIZES[sizes]
    gaps = [rate_gap(rng.binomial(n, 0.3), n, rng=rng) for _ in range(60)]
    naive, corrected = (
        np.mean([getattr(gap, name) for gap in gaps]) for name in ("naive", "value")
    )
    assert corrected < 0.3 * naive
    assert np.mean([gap.null_gap for gap in gaps]) == pytest.approx(naive, rel=0.08)
    assert np.mean([gap.interval[0] > 0 for gap in gaps]) <= 0.1
    assert np.mean([gap.p_value < 0.05 for gap in gaps]) <= 0.12


@pytest.mark.parametrize("sizes", SIZES)
def test_with_disparity_the_correction_is_closer_to_the_truth_than_the_observed_gap(
    sizes, rng
) -> None:
    n, p = SIZES[sizes], np.linspace(0.2, 0.4, 20)
    gaps = [rate_gap(rng.binomial(n, p), n, rng=rng) for _ in range(60)]
    naive, corrected = (
        np.mean([getattr(gap, name) for gap in gaps]) for name in ("naive", "value")
    )
    assert naive > 0.225
    assert corrected == pytest.approx(0.2, abs=0.02)
    assert np.mean([gap.interval[0] <= 0.2 <= gap.interval[1] for gap in gaps]) >= 0.94


@pytest.mark.parametrize("sizes", SIZES)
def test_the_smallest_ratio_is_corrected_upwards_and_its_interval_holds(sizes, rng) -> None:
    n, p = SIZES[sizes], np.linspace(0.2, 0.4, 20)
    gaps = [rate_ratio_gap(rng.binomial(n, p), n, rng=rng) for _ in range(60)]
    naive, corrected = (
        np.mean([getattr(gap, name) for gap in gaps]) for name in ("naive", "value")
    )
    assert naive < corrected < 0.52
    assert np.mean([gap.interval[0] <= 0.5 <= gap.interval[1] for gap in gaps]) >= 0.94


def test_two_groups_have_the_interval_of_their_difference(rng) -> None:
    gap = rate_gap([133, 1527], [197, 1681], rng=rng)
    assert gap.naive == pytest.approx(0.2333, abs=1e-4)
    assert gap.interval == (pytest.approx(0.166, abs=2e-3), pytest.approx(0.305, abs=2e-3))
    assert gap.p_value < 1e-15


def test_a_gap_in_estimates_is_corrected_and_covered(rng) -> None:
    error, truth = np.full(10, 0.03), np.linspace(0.6, 0.7, 10)
    gaps = [estimate_gap(rng.normal(truth, error), error, rng=rng) for _ in range(100)]
    assert np.mean([gap.naive for gap in gaps]) > 0.12
    assert np.mean([gap.value for gap in gaps]) == pytest.approx(0.1, abs=0.015)
    assert np.mean([gap.interval[0] <= 0.1 <= gap.interval[1] for gap in gaps]) >= 0.94


def test_equal_estimates_are_rejected_as_often_as_promised(rng) -> None:
    error = np.array([0.01, 0.03, 0.05])
    p = [estimate_gap(rng.normal(0.5, error), error, rng=rng).p_value for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.03)


@pytest.mark.parametrize("gap_of", [rate_gap, rate_ratio_gap])
@pytest.mark.parametrize(("k", "n"), [([], []), ([3], [5]), ([3, 0], [5, 0])])
def test_fewer_than_two_groups_have_no_gap(gap_of, k, n, rng) -> None:
    gap = gap_of(k, n, rng=rng)
    assert np.isnan([gap.value, gap.naive, *gap.interval, gap.null_gap, gap.p_value]).all()


def test_when_nobody_succeeds_the_gap_is_zero_but_not_certain_and_the_ratio_unknown(rng) -> None:
    gap = rate_gap([0, 0, 0], [30, 40, 50], rng=rng)
    assert (gap.value, gap.naive, gap.p_value) == (0.0, 0.0, 1.0)
    assert gap.interval[1] > 0.05
    assert np.isnan(rate_ratio_gap([0, 0, 0], [30, 40, 50], rng=rng).value)


def test_an_estimate_without_spread_takes_no_part(rng) -> None:
    gap = estimate_gap([0.5, 1.0, 0.6], [0.02, 0.0, 0.02], rng=rng)
    assert gap.naive == pytest.approx(0.1)
    assert np.isnan(estimate_gap([0.5, 1.0], [0.02, 0.0], rng=rng).value)


def test_the_same_seed_gives_the_same_gap() -> None:
    first, second = (rate_gap([3, 9], [20, 30], rng=np.random.default_rng(7)) for _ in range(2))
    assert first == second


def test_fractional_counts_have_a_gap(rng) -> None:
    gap = rate_gap([3.7, 9.2, 0.4], [20.5, 30.1, 9.9], rng=rng)
    assert gap.interval[0] <= gap.value <= gap.interval[1]
    assert 0 < gap.p_value <= 1


def test_holm_keeps_unknown_p_values_unknown_and_does_not_count_them() -> None:
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])
    assert holm([]).shape == (0,)

"""Properties of intervals for rates and their comparisons, on any counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shield.evidence.statistics.comparisons import (
    Comparison,
    rate_difference_to_best,
    rate_difference_to_overall,
    rate_difference_to_rest,
    rate_ratio_to_best,
    rate_ratio_to_overall,
    rate_ratio_to_rest,
)
from shield.evidence.statistics.gaps import holm, rate_gap
from shield.evidence.statistics.proportions import rate_interval

COMPARISONS = [
    rate_ratio_to_best,
    rate_difference_to_best,
    rate_ratio_to_rest,
    rate_difference_to_rest,
    rate_ratio_to_overall,
    rate_difference_to_overall,
]
Counts = tuple[np.ndarray, np.ndarray]


@st.composite
def counts(draw: st.DrawFn, least: int = 1) -> Counts:
    """Whole or fractional successes and trials of a few groups, some of them empty."""
    sizes = draw(st.lists(st.integers(0, 3000), min_size=least, max_size=8))
    shares = draw(st.lists(st.floats(0, 1), min_size=len(sizes), max_size=len(sizes)))
    effect = draw(st.sampled_from([1.0, 1.0, 1.7]))
    n = np.array(sizes, dtype=float)
    return np.floor(n * np.array(shares)) / effect, n / effect


compare = st.sampled_from(COMPARISONS)


def same(first: Comparison, second: Comparison) -> None:
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=1e-9)


@given(counts(), st.floats(0.5, 0.999))
def test_an_interval_holds_its_rate_and_stays_between_zero_and_one(c: Counts, level: float) -> None:
    k, n = c
    low, high = rate_interval(k, n, level)
    some = n > 0
    rate = k[some] / n[some]
    assert ((low[some] >= 0) & (low[some] <= rate + 1e-12)).all()
    assert ((high[some] <= 1) & (high[some] >= rate - 1e-12)).all()
    assert np.isnan(low[~some]).all() and np.isnan(high[~some]).all()


@given(compare, counts(least=2))
def test_a_comparison_holds_its_value_or_says_that_it_has_none(how, c: Counts) -> None:
    compared = how(*c)
    known = compared.estimable
    assert (compared.low[known] <= compared.value[known] + 1e-9).all()
    assert (compared.value[known] <= compared.high[known] + 1e-9).all()
    assert np.isnan([compared.value[~known], compared.low[~known], compared.high[~known]]).all()
    assert not known[c[1] == 0].any()


@given(compare, counts(least=2), st.randoms())
def test_the_order_of_the_groups_does_not_matter(how, c: Counts, random) -> None:
    k, n = c
    order = list(range(len(n)))
    random.shuffle(order)
    straight, shuffled = how(k, n), how(k[order], n[order])
    same(
        Comparison(straight.value[order], straight.low[order], straight.high[order],
                   straight.estimable[order], ""),
        shuffled,
    )  # fmt: skip


@given(compare, counts(least=2))
def test_more_confidence_means_wider_intervals(how, c: Counts) -> None:
    usual, surer = how(*c, confidence=0.95), how(*c, confidence=0.99)
    known = usual.estimable
    assert (surer.low[known] <= usual.low[known] + 1e-12).all()
    assert (surer.high[known] >= usual.high[known] - 1e-12).all()


@given(counts(least=2))
def test_counting_failures_instead_turns_differences_around(c: Counts) -> None:
    k, n = c
    good, bad = rate_difference_to_rest(k, n), rate_difference_to_rest(n - k, n)
    same(good, Comparison(-bad.value, -bad.high, -bad.low, bad.estimable, ""))


@given(counts(least=2))
def test_a_gap_holds_its_value_and_is_never_negative(c: Counts) -> None:
    gap = rate_gap(*c, rng=np.random.default_rng(0))
    if (c[1] > 0).sum() < 2:
        assert np.isnan(gap.value)
        return
    low, high = gap.interval
    assert 0 <= low <= gap.value <= high <= 1
    assert 0 <= gap.naive <= 1
    assert 0 <= gap.p_value <= 1


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_never_lowers_a_p_value_and_keeps_the_order(p: list[float]) -> None:
    adjusted = holm(p)
    assert (adjusted >= np.array(p) - 1e-12).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()

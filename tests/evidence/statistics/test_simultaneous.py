"""Sharing one error among many comparisons."""

from __future__ import annotations

import pytest
from scipy.special import ndtr

from shield.evidence.statistics.simultaneous import (
    all_pairs,
    one_sided,
    share_of_confidence,
    two_sided,
)


def test_independent_groupings_together_have_exactly_the_confidence_asked_for() -> None:
    shares = [share_of_confidence(0.95, slices, 12) for slices in (3, 4, 5)]
    assert shares[0] * shares[1] * shares[2] == pytest.approx(0.95)


def test_a_grouping_on_its_own_keeps_the_whole_error() -> None:
    assert share_of_confidence(0.95, 7, None) == 0.95
    assert share_of_confidence(0.95, 7, 7) == 0.95


def test_a_family_smaller_than_the_grouping_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        share_of_confidence(0.95, 5, 4)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_outside_zero_and_one_is_refused(confidence) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        share_of_confidence(confidence, 2, None)


def test_one_comparison_needs_the_usual_critical_value() -> None:
    assert two_sided(0.95, 1) == pytest.approx(1.959964, abs=1e-6)
    assert one_sided(0.975, 1) == pytest.approx(1.959964, abs=1e-6)
    assert all_pairs(0.95, 2) == pytest.approx(1.959964, abs=1e-6)


def test_independent_comparisons_hold_together_with_the_confidence_asked_for() -> None:
    assert (1 - 2 * ndtr(-two_sided(0.95, 50))) ** 50 == pytest.approx(0.95)
    assert ndtr(one_sided(0.975, 50)) ** 50 == pytest.approx(0.975)


def test_all_pairs_need_less_than_bonferroni_and_more_than_one_pair() -> None:
    for groups in (3, 10, 50, 200):
        pairs = groups * (groups - 1) // 2
        assert two_sided(0.95, 1) < all_pairs(0.95, groups) < two_sided(0.95, pairs)

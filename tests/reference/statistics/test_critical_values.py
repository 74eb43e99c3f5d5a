"""Critical values against SciPy and against published tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, studentized_range

from shield.evidence.statistics.simultaneous import all_pairs, two_sided


@pytest.mark.parametrize(
    ("groups", "q"), [(2, 2.772), (3, 3.314), (5, 3.858), (10, 4.474), (20, 5.012)]
)
def test_all_pairs_equal_the_table_of_the_studentized_range(groups: int, q: float) -> None:
    """Upper 5 % points, infinite degrees of freedom (Harter 1960; in every textbook)."""
    assert all_pairs(0.95, groups) * np.sqrt(2) == pytest.approx(q, abs=2e-3)


@pytest.mark.parametrize("confidence", [0.9, 0.99, 0.9995])
@pytest.mark.parametrize("groups", [3, 12, 60])
def test_all_pairs_equal_scipy(groups: int, confidence: float) -> None:
    probability = studentized_range.cdf(all_pairs(confidence, groups) * np.sqrt(2), groups, np.inf)
    assert probability == pytest.approx(confidence, abs=1e-6)


def test_two_hundred_groups_agree_with_simulation() -> None:
    draws = np.random.default_rng(1).standard_normal((20_000, 200))
    within = np.ptp(draws, axis=1) / np.sqrt(2) <= all_pairs(0.95, 200)
    assert within.mean() == pytest.approx(0.95, abs=0.006)


def test_two_sided_is_sidaks_formula() -> None:
    assert two_sided(0.95, 8) == pytest.approx(norm.isf((1 - 0.95 ** (1 / 8)) / 2))

"""Both errors of the real checks in the configuration that ships; wide in `benchmarks.validity`.

The promises are 7 % false alarms and 95 % power; a few hundred simulated audits measure them only
roughly, so the bars here allow for three standard errors.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.validity_audits import EVERY, PARITY, World, tally


def most(share: float, audits: int) -> float:
    """The largest count that a true share explains."""
    return audits * share + 3 * np.sqrt(audits * share * (1 - share))


def least(share: float, audits: int) -> float:
    """The smallest count that a true share explains."""
    return audits * share - 3 * np.sqrt(audits * share * (1 - share))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261120)


def rates(groups: int, ratio: float) -> np.ndarray:
    """0.5, and 0.5 × `ratio` in the first group."""
    return 0.5 * np.where(np.arange(groups) == 0, ratio, 1.0)


@pytest.mark.parametrize("ratio", [1.0, 0.8], ids=["fair", "true ratio exactly 0.8"])
@pytest.mark.parametrize(
    "sizes",
    [[1000, 1000], [30, 3000], [30] * 20, [5, 20, 80, 300, 1200, 5000]],
    ids=["2 equal", "2 very unequal", "20 small", "6 very unequal"],
)
def test_a_service_within_its_limits_is_failed_in_seven_percent_of_audits_at_most(
    sizes, ratio, rng
) -> None:
    audits = 60
    world = World(np.array(sizes), rates(len(sizes), ratio))
    assert tally([world] * audits, EVERY, rng).failed_every <= most(0.07, audits)


@pytest.mark.parametrize(
    ("groups", "size", "audits"), [(2, 1000, 100), (3, 1000, 100), (50, 2500, 12)]
)
def test_a_fair_service_with_enough_rows_passes(groups, size, audits, rng) -> None:
    world = World(np.full(groups, size), rates(groups, 1.0))
    assert tally([world] * audits, PARITY, rng).parity_passed >= least(0.95, audits)


@pytest.mark.parametrize("groups", [2, 5, 20, 50])
def test_a_service_that_selects_one_group_at_six_tenths_fails(groups, rng) -> None:
    audits = 30 if groups < 20 else 12
    world = World(np.full(groups, 1000), rates(groups, 0.6))
    assert tally([world] * audits, PARITY, rng).parity_failed >= least(0.95, audits)

"""Intervals for two rates against published worked examples of other good methods."""

from __future__ import annotations

import pytest

from shield.evidence.statistics.contrasts import DIFFERENCE, RATIO, limits


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0528, 0.3382),
        ((9, 10), (3, 10), 0.1700, 0.8406),
        ((10, 10), (0, 20), 0.7156, 1.0000),
    ],
)
def test_a_difference_lies_near_miettinen_and_nurminens_and_is_never_much_narrower(
    first, second, low, high
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 873, Table II, method 6 (score, MN)."""
    a, b = limits([first[0]], [first[1]], 1.959964), limits([second[0]], [second[1]], 1.959964)
    ours = DIFFERENCE.low(a, b)[0], DIFFERENCE.high(a, b)[0]
    row = 1 / min(first[1], second[1])  # exact tails cost about one row of the smaller group
    assert low - row < ours[0] < low + 0.01
    assert high - 0.01 < ours[1] < high + row


def test_a_ratio_of_large_samples_is_the_logarithmic_interval_of_katz() -> None:
    """exp(log r ± 1.96 √((1 − p1)/k1 + (1 − p2)/k2)), Katz et al., Biometrics 34 (1978)."""
    a, b = limits([45_000], [100_000], 1.959964), limits([50_000], [100_000], 1.959964)
    assert RATIO.low(a, b)[0] == pytest.approx(0.8918, abs=3e-4)
    assert RATIO.high(a, b)[0] == pytest.approx(0.9083, abs=3e-4)

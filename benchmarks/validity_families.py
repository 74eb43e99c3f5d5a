"""Simulated groups with known true rates, and how often a whole family of intervals holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from shield.evidence.statistics import comparisons
from shield.evidence.statistics.comparisons import Comparison

FloatArray = NDArray[np.float64]
Compare = Callable[[FloatArray, FloatArray], Comparison]
Truth = Callable[[FloatArray, FloatArray], FloatArray]


def rest(p: FloatArray, n: FloatArray) -> FloatArray:
    """The true rate of all rows outside each group."""
    return ((p * n).sum() - p * n) / (n.sum() - n)


FAMILIES: dict[str, tuple[Compare, Truth]] = {
    "ratio to best": (comparisons.rate_ratio_to_best, lambda p, n: p / p.max()),
    "difference to best": (comparisons.rate_difference_to_best, lambda p, n: p - p.max()),
    "ratio to rest": (comparisons.rate_ratio_to_rest, lambda p, n: p / rest(p, n)),
    "difference to rest": (comparisons.rate_difference_to_rest, lambda p, n: p - rest(p, n)),
    "ratio to overall": (
        comparisons.rate_ratio_to_overall,
        lambda p, n: p / ((p * n).sum() / n.sum()),
    ),
    "difference to overall": (
        comparisons.rate_difference_to_overall,
        lambda p, n: p - (p * n).sum() / n.sum(),
    ),
    "ratio to reference": (
        lambda k, n: comparisons.rate_ratio_to_reference(k, n, 0),
        lambda p, n: p / p[0],
    ),
    "difference to reference": (
        lambda k, n: comparisons.rate_difference_to_reference(k, n, 0),
        lambda p, n: p - p[0],
    ),
}


def holds(compared: Comparison, truth: FloatArray) -> bool:
    """Whether every estimable interval contains its true value."""
    low, high = compared.low[compared.estimable], compared.high[compared.estimable]
    true = truth[compared.estimable]
    return bool(((low <= true + 1e-9) & (true - 1e-9 <= high)).all())


def family_coverage(
    name: str, p: FloatArray, n: NDArray[np.int64], *, audits: int, rng: np.random.Generator
) -> float:
    """The share of simulated audits in which all intervals of the family hold."""
    compare, truth = FAMILIES[name]
    true = truth(p, n.astype(np.float64))
    draws = rng.binomial(n, p, size=(audits, n.size))
    return float(np.mean([holds(compare(k, n), true) for k in draws]))


def very_unequal(groups: int, smallest: int = 5, largest: int = 5000) -> NDArray[np.int64]:
    """Sizes in geometric steps."""
    return np.geomspace(smallest, largest, groups).astype(np.int64)


def scenarios() -> Iterable[tuple[str, str, FloatArray, NDArray[np.int64]]]:
    """(family, title, true rates, sizes) over numbers of groups, sizes and patterns of rates."""
    for groups in (2, 3, 5, 20, 50):
        sizes = {
            "30 each": np.full(groups, 30),
            "500 each": np.full(groups, 500),
            "5 to 5,000": very_unequal(groups),
        }
        truths = {
            "all 0.02": np.full(groups, 0.02),
            "all 0.5": np.full(groups, 0.5),
            "0.4 and 0.5": np.where(np.arange(groups) % 2, 0.4, 0.5),
            "one 0.9, else 0.6": np.where(np.arange(groups) == groups - 1, 0.9, 0.6),
            "0.9 to 0.05": np.linspace(0.9, 0.05, groups),
        }
        for size, n in sizes.items():
            for truth, p in truths.items():
                for name in FAMILIES:
                    yield name, f"{groups} groups, {size}, {truth}", p, n

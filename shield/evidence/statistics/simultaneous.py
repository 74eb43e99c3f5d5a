"""What every simultaneous comparison shares: its result, and critical values in standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri


@dataclass(frozen=True, slots=True)
class Comparison:
    """Per group, shape (G,): value and interval, NaN where `estimable` is False."""

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    estimable: NDArray[np.bool_]
    method: str


def share_of_confidence(confidence: float, slices: int, family: int | None) -> float:
    """The confidence that one of several groupings needs so that the whole family has `confidence`.

    A grouping with s of the family's F slices takes confidenceˢᐟᶠ; the product over the groupings
    is `confidence` again (Šidák 1967). `family` None: the grouping is alone.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    if family is None:
        return confidence
    if family < slices:
        raise ValueError(f"a family of {family} slices cannot hold a grouping of {slices}")
    return float(confidence ** (slices / family)) if slices else confidence


def two_sided(confidence: float, comparisons: int) -> float:
    """z with P(all |Zᵢ| ≤ z) ≥ confidence for any correlation of `comparisons` normals (Šidák 1967)."""
    each = -np.expm1(np.log(confidence) / max(comparisons, 1))  # 1 − confidence^(1/m)
    return float(-ndtri(each / 2))


def one_sided(confidence: float, comparisons: int) -> float:
    """z with P(all Zᵢ ≤ z) ≥ confidence for non-negatively correlated normals (Slepian 1962)."""
    each = -np.expm1(np.log(confidence) / max(comparisons, 1))
    return float(-ndtri(each))


@lru_cache(maxsize=4096)
def all_pairs(confidence: float, groups: int) -> float:
    """z with P(max over pairs |Zᵢ − Zⱼ|/√2 ≤ z) = confidence: Tukey's studentized range / √2.

    For groups of unequal size the Tukey–Kramer use of this value is conservative (Hayter, Annals
    of Statistics 12, 1984). P(range ≤ r) = m ∫ φ(x) (Φ(x) − Φ(x − r))^(m−1) dx by Gauss–Legendre.
    """
    if groups <= 2:
        return two_sided(confidence, 1)
    nodes, weights = np.polynomial.legendre.leggauss(160)
    x = 9.0 * nodes
    density = 9.0 * weights * np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)
    upper = log_ndtr(x)

    def excess(r: float) -> float:
        # (Φ(x) − Φ(x − r))^(m−1) through logarithms, accurate for hundreds of groups
        inside = np.log1p(-np.minimum(ndtr(x - r) / np.exp(upper), 1 - 1e-16)) + upper
        return float(groups * (density * np.exp((groups - 1) * inside)).sum() - confidence)

    return float(brentq(excess, 0.1, 16.0, xtol=1e-9)) / np.sqrt(2.0)

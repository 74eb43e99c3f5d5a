"""Intervals for the difference and the ratio of two independent rates, from bounds on each.

MOVER ("method of variance estimates recovery"): the distance from an estimate to its own
confidence limit, divided by z, is its standard error *near that limit*; the two combine as
standard errors do. Closed form, never outside the parameter space, defined for k = 0 and k = n,
and when one group is large it becomes the other group's own (exact) limit.
Sources: Newcombe, Statistics in Medicine 17 (1998) 873; Zou and Donner, ibid. 27 (2008) 1693;
for the ratio Donner and Zou, Statistical Methods in Medical Research 21 (2012) 347.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def difference_low(
    p1: FloatArray, low1: FloatArray, p2: FloatArray, high2: FloatArray
) -> FloatArray:
    """Lower limit of p1 − p2: p̂1 − p̂2 − √((p̂1 − l1)² + (u2 − p̂2)²); the arguments broadcast."""
    return p1 - p2 - np.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)


def difference_high(
    p1: FloatArray, high1: FloatArray, p2: FloatArray, low2: FloatArray
) -> FloatArray:
    """Upper limit of p1 − p2."""
    return -difference_low(p2, low2, p1, high1)


def ratio_low(p1: FloatArray, low1: FloatArray, p2: FloatArray, high2: FloatArray) -> FloatArray:
    """Lower limit of p1 / p2: the smallest θ at which the lower limit of p1 − θ p2 is 0.

    With a = u2(2p̂2 − u2), b = p̂1 p̂2, c = l1(2p̂1 − l1): θ = c / (b + √(b² − a c)); 0 when c = 0.
    """
    a = high2 * (2 * p2 - high2)
    b = p1 * p2
    c = low1 * (2 * p1 - low1)
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    below = b + root
    return np.where(below > 0, c / np.where(below > 0, below, 1.0), 0.0)


def ratio_high(p1: FloatArray, high1: FloatArray, p2: FloatArray, low2: FloatArray) -> FloatArray:
    """Upper limit of p1 / p2: infinite when p2 may be 0."""
    below = ratio_low(p2, low2, p1, high1)
    return np.where(below > 0, 1 / np.where(below > 0, below, 1.0), np.inf)

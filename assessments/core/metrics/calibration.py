"""Calibration error per group: how far predicted probabilities are from what happens.

Expected calibration error (Naeini, Cooper & Hauskrecht 2015) over bins b of the score:

    ECE = Σ_b (n_b / n) · |mean label − mean score| in bin b,   range [0, 1]

The plain estimate is biased upwards, because noise has an absolute value too: a perfectly
calibrated group of 200 rows shows about 0.08 over ten bins. Three numbers are kept apart:

* `plain`: the formula above on the data;
* `value`: less the bias at the observed differences. With σ_b the standard error of the difference
  d_b in a bin, the bias of |d_b| is the mean of a folded normal less |d_b|; this is the closed form
  of the resampling of Kumar, Liang & Ma (2019), "Verified uncertainty calibration";
* the interval: t standard errors above `value`; and below the plain value, t standard errors and the
  *largest* bias that there can be, Σ (n_b / n) σ_b √(2/π), that of a perfectly calibrated group.
  So no bias passes for miscalibration; the price is a wider interval in small groups;
* the lower end is the larger of that and of the part of the error that has hardly any bias: the
  error over only two bins, the lower and the upper half, |D₁| + |D₂| with D = Σ (n_b / n) d_b. It is
  never above the error over all bins (Jensen) and it is the largest of four sums ± D₁ ± D₂ of known
  signs, so t standard errors at a quarter of the tail below it hold without any bias.

Bins: quantiles of everybody's scores (default) or equal widths; the same edges for every group, so
that groups are compared on the same definition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from assessments.core.metrics.clusters import Clusters, cluster_moments, ratio_variance
from assessments.core.metrics.counts import complement, group_sums
from assessments.core.metrics.estimates import Estimates, student

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CalibrationParameters:
    """Parameters of the calibration error."""

    bins: int = field(default=10, metadata={"help": "Bins of the score, 2 to 100."})
    edges: Literal["quantile", "width"] = field(
        default="quantile",
        metadata={"help": "Bins with equally many rows (quantile) or equally wide (width)."},
    )

    def __post_init__(self) -> None:
        if not 2 <= self.bins <= 100:
            raise ValueError("bins between 2 and 100")


def bin_edges(score: Floats, bins: int, *, equal_width: bool) -> Floats:
    """Inner edges of at most `bins` bins; equal quantiles fall together when scores are tied."""
    inner = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    return inner if equal_width else np.unique(np.quantile(score, inner))


@dataclass(frozen=True, slots=True)
class CalibrationSums:
    """Additive statistics per group and bin, each of shape (n_groups, n_bins).

    `residual` sums label − score, `squares` its square, `model` the variance score·(1 − score) that
    the labels would have were the scores right. `effect` (n_groups,) is the design effect of the
    mean residual (1 when every row is another person), `freedom` (n_groups,) its degrees of freedom.
    """

    rows: Floats
    residual: Floats
    squares: Floats
    model: Floats
    effect: Floats
    freedom: Floats


@dataclass(frozen=True, slots=True)
class CalibrationEstimates(Estimates):
    """Calibration errors with their plain value, that over two halves, the largest bias and the
    signed mean residual, (G,) each.

    `bias` > 0 means that the label comes more often than predicted.
    """

    plain: Floats
    halves: Floats
    largest_bias: Floats
    bias: Floats

    def interval(self, z: float) -> tuple[Floats, Floats]:
        """[max(plain − largest bias − t·se, halves − t′·se), value + t·se], within [0, 1]."""
        half = student(z, self.freedom) * self.standard_error
        quarter = float(-ndtri(ndtr(-z) / 4.0))
        of_halves = self.halves - student(quarter, self.freedom) * self.standard_error
        low = np.maximum(self.plain - self.largest_bias - half, of_halves)
        return np.clip(np.minimum(low, self.value), 0.0, 1.0), np.clip(self.value + half, 0.0, 1.0)


def calibration_sums(
    codes: NDArray[np.integer],
    n_groups: int,
    score: Floats,
    label: NDArray[np.generic],
    *,
    edges: Floats,
    clusters: Clusters | None = None,
) -> CalibrationSums:
    """One pass over the rows; edges as `bin_edges` gives them."""
    n_bins = len(edges) + 1
    cell = codes.astype(np.int64) * n_bins + np.searchsorted(edges, score, side="right")
    shape, cells = (n_groups, n_bins), n_groups * n_bins
    residual = label.astype(np.float64) - score
    rows = np.bincount(cell, minlength=cells).reshape(shape).astype(np.float64)
    total, squares, model = (
        group_sums(cell, cells, each).reshape(shape)
        for each in (residual, residual**2, np.clip(score * (1.0 - score), 0.0, None))
    )
    effect, freedom = np.ones(n_groups), rows.sum(axis=1) - 1.0
    if clusters is not None:
        moments = cluster_moments(clusters, residual, np.ones(len(residual)))
        n, sum_of, square = rows.sum(axis=1), total.sum(axis=1), squares.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            independent = (square / n - (sum_of / n) ** 2) / n
            effect = ratio_variance(sum_of, n, moments) / independent
        effect = np.maximum(
            np.where(np.isfinite(effect), effect, moments.bb / np.maximum(n, 1)), 1.0
        )
        freedom = moments.clusters - 1.0
    return CalibrationSums(rows, total, squares, model, effect, freedom)


def rest_of(sums: CalibrationSums) -> CalibrationSums:
    """The same for all other rows; their design effect is the row-weighted mean of the others'."""
    n = sums.rows.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = complement(n * sums.effect) / complement(n)
    return CalibrationSums(
        complement(sums.rows),
        complement(sums.residual),
        complement(sums.squares),
        complement(sums.model),
        np.where(np.isfinite(effect), effect, 1.0),
        complement(sums.freedom + 1.0) - 1.0,
    )


def everybody(sums: CalibrationSums) -> CalibrationSums:
    """The same for all rows as one group."""
    n = sums.rows.sum(axis=1)
    return CalibrationSums(
        rows=sums.rows.sum(axis=0, keepdims=True),
        residual=sums.residual.sum(axis=0, keepdims=True),
        squares=sums.squares.sum(axis=0, keepdims=True),
        model=sums.model.sum(axis=0, keepdims=True),
        effect=np.atleast_1d((n * sums.effect).sum() / max(float(n.sum()), 1.0)),
        freedom=np.atleast_1d((sums.freedom + 1.0).sum() - 1.0),
    )


def calibration_error(sums: CalibrationSums) -> CalibrationEstimates:
    """Calibration error per group; NaN for a group without rows."""
    n = sums.rows.sum(axis=1)
    filled = np.maximum(sums.rows, 1.0)
    weight = sums.rows / np.maximum(n, 1.0)[:, None]
    difference = sums.residual / filled  # (G, bins)
    observed = np.maximum(sums.squares / filled - difference**2, 0.0)
    observed *= filled / np.maximum(filled - 1.0, 1.0)
    # A bin of a few equal labels shows no spread of its own: never less than what the model says.
    variance = np.maximum(observed, sums.model / filled) * sums.effect[:, None] / filled
    deviation = np.sqrt(variance)
    size = np.abs(difference)
    plain = (weight * size).sum(axis=1)
    signed, middle = weight * difference, sums.rows.shape[1] // 2
    bias = (weight * (_folded_mean(size, deviation) - size)).sum(axis=1)
    some = n > 0
    return CalibrationEstimates(
        value=np.where(some, np.maximum(plain - bias, 0.0), np.nan),
        standard_error=np.where(some, np.sqrt((weight**2 * variance).sum(axis=1)), np.nan),
        n=n,
        freedom=sums.freedom,
        plain=plain,
        halves=np.abs(signed[:, :middle].sum(axis=1)) + np.abs(signed[:, middle:].sum(axis=1)),
        largest_bias=(weight * deviation).sum(axis=1) * np.sqrt(2.0 / np.pi),
        bias=sums.residual.sum(axis=1) / np.maximum(n, 1.0),
    )


def _folded_mean(mean: Floats, deviation: Floats) -> Floats:
    """E |X| for X normal with this mean and standard deviation; |mean| where there is no noise."""
    noisy = deviation > 0
    safe = np.where(noisy, deviation, 1.0)
    ratio = mean / safe
    folded = safe * np.sqrt(2.0 / np.pi) * np.exp(-0.5 * ratio**2) + mean * (1 - 2 * ndtr(-ratio))
    return np.where(noisy, folded, mean)

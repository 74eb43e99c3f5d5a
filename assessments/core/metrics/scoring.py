"""Mean losses of probabilities per group: Brier score and log loss, with standard errors.

Both are means of a per-row loss, so that group, rest and everybody follow from the sums of the loss
and of its square. Sources: Brier (1950); Good (1952).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.core.metrics.clusters import (
    ClusterMoments,
    Clusters,
    cluster_moments,
    ratio_variance,
)
from assessments.core.metrics.counts import complement, group_sums

CLIP = 1e-15
"""Log loss takes no probability nearer to 0 or 1, as scikit-learn does."""


def brier_losses(score: NDArray[np.float64], label: NDArray[np.generic]) -> NDArray[np.float64]:
    """(score − label)² per row; several classes: Σ over classes of (score − indicator)².

    Shapes: score (n,) or (n, k). Range [0, 1], for several classes [0, 2].
    """
    if score.ndim == 1:
        return (score - label.astype(np.float64)) ** 2
    of_true = score[np.arange(len(score)), label.astype(np.intp)]
    # Σ (s − 1{true})² = Σ s² − 2 s_true + 1 needs no indicator matrix.
    return np.einsum("ij,ij->i", score, score) - 2.0 * of_true + 1.0


def brier_variances(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of each row's squared error were the scores right: s (1 − s) (1 − 2s)², (n,)."""
    inside = np.clip(score, 0.0, 1.0)
    return inside * (1.0 - inside) * (1.0 - 2.0 * inside) ** 2


def log_losses(score: NDArray[np.float64], label: NDArray[np.generic]) -> NDArray[np.float64]:
    """−ln of the probability given to the true label, in nats; probabilities clipped at `CLIP`."""
    if score.ndim == 1:
        of_true = np.where(label == 1, score, 1.0 - score)
    else:
        of_true = score[np.arange(len(score)), label.astype(np.intp)] / score.sum(axis=1)
    return -np.log(np.clip(of_true, CLIP, 1.0))


@dataclass(frozen=True, slots=True)
class MeanSums:
    """Additive statistics of a mean, each of shape (n_groups,); `moments` with clustered rows.

    `model` sums variances that a model of the rows gives: no sample counts as more certain than
    that. A handful of rows may have equal values by chance, and then no spread of its own.
    """

    n: NDArray[np.float64]
    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    moments: ClusterMoments | None = None
    model: NDArray[np.float64] | None = None

    def rest(self) -> MeanSums:
        """The same for all other rows."""
        return MeanSums(
            complement(self.n),
            complement(self.total),
            complement(self.squares),
            self.moments.rest() if self.moments else None,
            None if self.model is None else complement(self.model),
        )

    def everybody(self) -> MeanSums:
        """The same for all rows, shape (1,). Persons in several groups count once a group."""
        moments = self.moments
        return MeanSums(
            self.n.sum(keepdims=True),
            self.total.sum(keepdims=True),
            self.squares.sum(keepdims=True),
            moments.everybody() if moments else None,
            None if self.model is None else self.model.sum(keepdims=True),
        )

    def mean(self) -> NDArray[np.float64]:
        """Σ value / n, NaN without rows."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.total / self.n

    def standard_error(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Standard error of the mean and its degrees of freedom; NaN below two rows or persons."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.moments is not None:
                variance = ratio_variance(self.total, self.n, self.moments)
                freedom = self.moments.clusters - 1.0
            else:
                spread = np.maximum(self.squares - self.total**2 / self.n, 0.0)
                variance = np.where(self.n > 1, spread / (self.n - 1.0) / self.n, np.nan)
                freedom = self.n - 1.0
            if self.model is not None:
                variance = np.maximum(variance, self.model / self.n**2)
        return np.sqrt(variance), freedom


def mean_sums(
    codes: NDArray[np.integer],
    n_groups: int,
    values: NDArray[np.float64],
    clusters: Clusters | None = None,
    model: NDArray[np.float64] | None = None,
) -> MeanSums:
    """Sums of `values` (n,), and variances `model` (n,), per group. Centre values that are far from 0 before (rounding)."""
    return MeanSums(
        np.bincount(codes, minlength=n_groups).astype(np.float64),
        group_sums(codes, n_groups, values),
        group_sums(codes, n_groups, values * values),
        cluster_moments(clusters, values, np.ones(len(values))) if clusters else None,
        None if model is None else group_sums(codes, n_groups, model),
    )

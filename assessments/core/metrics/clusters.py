"""Several rows a person: the design effect, so that rows of one person are not counted as independent.

Rao & Scott (1992): divide successes and trials by the design effect and use the ordinary binomial
methods on the effective counts. The design effect is the variance of the rate with persons as
sampling units (ratio estimator, linearised) over its binomial variance. Two conservative choices:
it is never taken below 1, and with few persons the effective size shrinks by the ratio of Student
quantiles (Korn & Graubard 1998). Where the rate is 0 or 1 the residuals vanish and say nothing:
then Kish's Σm² / Σm (rows of one person fully alike) stands in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from assessments.core.metrics.counts import complement, group_sums


@dataclass(frozen=True, slots=True)
class Clusters:
    """The persons inside each group: a cluster is a (group, person) pair.

    `of_row` (n,) numbers the clusters, `group` (n_clusters,) is the group of each, in order; some
    clusters may have no row.
    """

    of_row: NDArray[np.int64]
    group: NDArray[np.int64]
    n_groups: int

    def sums(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Sum of per-row `values` in every cluster, shape (n_clusters,)."""
        weights = values.astype(np.float64)
        return group_sums(self.of_row, len(self.group), weights)

    def by_group(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of per-cluster `values` in every group, shape (n_groups,)."""
        return group_sums(self.group, self.n_groups, values)


@dataclass(frozen=True, slots=True)
class ClusterMoments:
    """Additive second moments over clusters of a ratio Σa / Σb, each of shape (n_groups,).

    With a, b the sums of one cluster: aa = Σ a², ab = Σ a b, bb = Σ b²; `clusters` counts those
    with b > 0.
    """

    aa: NDArray[np.float64]
    ab: NDArray[np.float64]
    bb: NDArray[np.float64]
    clusters: NDArray[np.float64]

    def rest(self) -> ClusterMoments:
        """The same for all other rows."""
        return ClusterMoments(
            *(complement(each) for each in (self.aa, self.ab, self.bb, self.clusters))
        )

    def everybody(self) -> ClusterMoments:
        """The same for all rows, shape (1,)."""
        return ClusterMoments(
            *(each.sum(keepdims=True) for each in (self.aa, self.ab, self.bb, self.clusters))
        )


def clusters_of(codes: NDArray[np.integer], n_groups: int, person: NDArray[np.integer]) -> Clusters:
    """Number the (group, person) pairs; linear in the rows unless the pairs are very many."""
    n_persons = int(person.max()) + 1 if len(person) else 1
    pair = codes.astype(np.int64) * n_persons + person
    if n_groups * n_persons <= 4 * len(pair) + 1_000_000:
        return Clusters(pair, np.repeat(np.arange(n_groups), n_persons), n_groups)
    present, of_row = np.unique(pair, return_inverse=True)
    return Clusters(of_row, present // n_persons, n_groups)


def cluster_moments(
    clusters: Clusters, numerator: NDArray[np.generic], denominator: NDArray[np.generic]
) -> ClusterMoments:
    """Second moments of the ratio Σ numerator / Σ denominator; both (n,) per row."""
    a, b = clusters.sums(numerator), clusters.sums(denominator)
    return ClusterMoments(
        aa=clusters.by_group(a * a),
        ab=clusters.by_group(a * b),
        bb=clusters.by_group(b * b),
        clusters=clusters.by_group((b > 0).astype(np.float64)),
    )


def influence_variance(
    clusters: Clusters, influence: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance per group of an estimate with per-row `influence` (n,), and its clusters.

    m/(m−1) · Σ over clusters of (Σ influence)²; NaN with fewer than two clusters.
    """
    sums = clusters.sums(np.nan_to_num(influence))
    rows = clusters.sums(np.isfinite(influence))
    m = clusters.by_group((rows > 0).astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = m / (m - 1.0) * clusters.by_group(sums**2)
    return np.where(m > 1, variance, np.nan), m


def ratio_variance(
    a: NDArray[np.float64], b: NDArray[np.float64], moments: ClusterMoments
) -> NDArray[np.float64]:
    """Variance of a / b with persons as units: m/(m−1) · Σ (a_c − r b_c)² / b²; NaN if m < 2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = a / b
        squares = moments.aa - 2.0 * ratio * moments.ab + ratio**2 * moments.bb
        m = moments.clusters
        variance = m / (m - 1.0) * np.maximum(squares, 0.0) / b**2
    return np.where(m > 1, variance, np.nan)


def effective_counts(
    successes: NDArray[np.number], trials: NDArray[np.number], moments: ClusterMoments
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(successes, trials, design effect): counts as if of independent rows. Shapes (n_groups,)."""
    k, n = successes.astype(np.float64), trials.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = k / n
        effect = ratio_variance(k, n, moments) / (rate * (1.0 - rate) / n)
        alike = moments.bb / n
    silent = (k <= 0) | (k >= n) | ~np.isfinite(effect)
    effect = np.maximum(np.where(silent, alike, effect), 1.0)
    effect = np.where(n > 0, effect * few_clusters(n, moments.clusters), 1.0)
    # One person alone is at least one observation.
    effect = np.minimum(effect, np.maximum(n, 1.0))
    return k / effect, n / effect, effect


def few_clusters(rows: NDArray[np.float64], clusters: NDArray[np.float64]) -> NDArray[np.float64]:
    """(t(m−1) / t(n−1))²: how much a variance from m persons instead of n rows has to grow."""
    with_persons = stdtrit(np.maximum(clusters - 1.0, 1.0), 0.975)
    with_rows = stdtrit(np.maximum(rows - 1.0, 1.0), 0.975)
    return (with_persons / with_rows) ** 2

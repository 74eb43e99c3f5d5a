"""Area under the ROC curve per group, exactly, with DeLong standard errors, in one sort.

AUC = P(score of a random favourable row > score of a random unfavourable row) + ½ P(equal): the
Mann–Whitney statistic divided by the number of pairs. Standard error: DeLong, DeLong &
Clarke-Pearson (1988), by the placements of Sun & Xu (2014). Range [0, 1]. Without a favourable or
without an unfavourable row there is no pair and no AUC (NaN).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.core.metrics.counts import complement

HISTOGRAM_ROWS = 5_000_000
"""Beyond this many rows scores are cut into bins first; `tie_error` bounds what that changes."""
_BINS = 4096
_REST_BINS = 1024


@dataclass(frozen=True, slots=True)
class GroupedAuc:
    """AUC per group. All arrays have shape (n_groups,); `tie_error` is 0 when exact.

    `tie_error` is the largest possible error of `auc` that binning of scores can have made.
    """

    auc: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    positives: NDArray[np.int64]
    negatives: NDArray[np.int64]
    tie_error: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """The rows of a subject in score order, so that several groupings share one sort.

    `order` (n,) sorts the scores; `level` (n,) numbers the distinct scores in that order.
    """

    order: NDArray[np.intp]
    level: NDArray[np.int64]
    label: NDArray[np.int64]
    binned: bool = False


def rank_scores(score: NDArray[np.float64], label: NDArray[np.generic]) -> Ranked:
    """Sort once. Raises ValueError for NaN scores (the preparation step refuses them before)."""
    if np.isnan(score).any():
        raise ValueError("a score is NaN")
    binned = len(score) > HISTOGRAM_ROWS
    values = _binned(score, _BINS).astype(np.float64) if binned else score
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    level = np.zeros(len(ordered), dtype=np.int64)
    np.cumsum(ordered[1:] != ordered[:-1], out=level[1:])
    return Ranked(order, level, label[order].astype(np.int64), binned)


def grouped_auc(ranked: Ranked, codes: NDArray[np.integer], n_groups: int) -> GroupedAuc:
    """AUC and DeLong standard error of every group."""
    blocks = _blocks(ranked, codes)
    placed = _placements(blocks, n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = _by_group(blocks.group, blocks.positives * placed.of_positives, n_groups)
        auc /= placed.positives
        spread = blocks.positives * (placed.of_positives - auc[blocks.group]) ** 2
        s10 = _by_group(blocks.group, spread, n_groups) / (placed.positives - 1)
        spread = blocks.negatives * (placed.of_negatives - auc[blocks.group]) ** 2
        s01 = _by_group(blocks.group, spread, n_groups) / (placed.negatives - 1)
        # A single row on one side has no spread of its own: the other side's, or the largest.
        s10 = np.where(placed.positives > 1, s10, 0.25)
        s01 = np.where(placed.negatives > 1, s01, 0.25)
        variance = s10 / placed.positives + s01 / placed.negatives
        pairs = placed.positives * placed.negatives
        tied = _by_group(blocks.group, 0.5 * blocks.positives * blocks.negatives, n_groups) / pairs
    return GroupedAuc(
        auc=np.where(pairs > 0, auc, np.nan),
        standard_error=np.where(pairs > 0, np.sqrt(variance), np.nan),
        positives=placed.positives.astype(np.int64),
        negatives=placed.negatives.astype(np.int64),
        tie_error=float(np.nanmax(tied, initial=0.0)) if ranked.binned else 0.0,
    )


def rest_auc(ranked: Ranked, codes: NDArray[np.integer], n_groups: int) -> GroupedAuc:
    """AUC of all other rows, for every group, without a sort per group.

    With U[a, b] the wins of favourable rows of a over unfavourable rows of b, the rest of g has
    U − U[g, ·] − U[·, g] + U[g, g] wins: row and column sums come from the pooled ranking, the
    diagonal from the grouped one, so the value is exact. Its standard error is DeLong's on scores
    cut into 1,024 equal-mass bins, where the rest's placements are differences of histograms.
    """
    own = grouped_auc(ranked, codes, n_groups)
    group = codes[ranked.order].astype(np.intp)
    pooled = _Blocks(
        np.zeros(int(ranked.level[-1]) + 1 if len(ranked.level) else 0, dtype=np.intp),
        np.bincount(ranked.level, weights=ranked.label).astype(np.float64),
        np.bincount(ranked.level, weights=1 - ranked.label).astype(np.float64),
    )
    placed = _placements(pooled, 1)
    favourable = ranked.label == 1
    negatives, positives = placed.negatives[0], placed.positives[0]
    won_by = np.bincount(
        group[favourable],
        weights=placed.of_positives[ranked.level[favourable]] * negatives,
        minlength=n_groups,
    )
    won_over = np.bincount(
        group[~favourable],
        weights=placed.of_negatives[ranked.level[~favourable]] * positives,
        minlength=n_groups,
    )
    inside = np.nan_to_num(own.auc) * own.positives * own.negatives
    rest_positives, rest_negatives = positives - own.positives, negatives - own.negatives
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = rest_positives * rest_negatives
        auc = (won_by.sum() - won_by - won_over + inside) / pairs
    return GroupedAuc(
        auc=np.where(pairs > 0, auc, np.nan),
        standard_error=_rest_standard_error(ranked, group, n_groups),
        positives=rest_positives.astype(np.int64),
        negatives=rest_negatives.astype(np.int64),
        tie_error=own.tie_error,
    )


def placement_influence(
    ranked: Ranked, codes: NDArray[np.integer], n_groups: int
) -> NDArray[np.float64]:
    """Each row's influence on its group's AUC, in the row order of the subject, shape (n,).

    (placement − AUC) / (rows on its own side); the sum of squares is DeLong's variance, and sums
    within persons give the variance for clustered rows (Obuchowski 1997).
    """
    group = codes[ranked.order].astype(np.intp)
    blocks = _blocks(ranked, codes)
    placed = _placements(blocks, n_groups)
    auc = grouped_auc(ranked, codes, n_groups).auc
    row = blocks.row
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(
            ranked.label == 1,
            (placed.of_positives[row] - auc[group]) / placed.positives[group],
            (placed.of_negatives[row] - auc[group]) / placed.negatives[group],
        )
    influence = np.empty_like(value)
    influence[ranked.order] = value
    return influence


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Rows of one group with one score, sorted by group, then score.

    `row` maps a row in ranked order to its block.
    """

    group: NDArray[np.intp]
    positives: NDArray[np.float64]
    negatives: NDArray[np.float64]
    row: NDArray[np.intp] | None = None


@dataclass(frozen=True, slots=True)
class _Placements:
    """Per block: the share of the other side that its rows beat; per group: rows a side."""

    of_positives: NDArray[np.float64]
    of_negatives: NDArray[np.float64]
    positives: NDArray[np.float64]
    negatives: NDArray[np.float64]


def _blocks(ranked: Ranked, codes: NDArray[np.integer]) -> _Blocks:
    group = codes[ranked.order]
    # Radix sort on 16 bits where the codes fit; stable, so scores stay in order inside a group.
    narrow = group.astype(np.uint16) if len(group) and group.max() < 2**16 else group
    by_group = np.argsort(narrow, kind="stable")
    group, level, label = group[by_group], ranked.level[by_group], ranked.label[by_group]
    starts = np.ones(len(group), dtype=bool)
    starts[1:] = (group[1:] != group[:-1]) | (level[1:] != level[:-1])
    first = np.flatnonzero(starts)
    size = np.diff(first, append=len(group))
    positives = np.add.reduceat(label, first) if len(first) else np.zeros(0, dtype=np.int64)
    row = np.empty(len(group), dtype=np.intp)
    row[by_group] = np.cumsum(starts) - 1
    return _Blocks(
        group[first].astype(np.intp),
        positives.astype(np.float64),
        (size - positives).astype(np.float64),
        row,
    )


def _placements(blocks: _Blocks, n_groups: int) -> _Placements:
    positives = _by_group(blocks.group, blocks.positives, n_groups)
    negatives = _by_group(blocks.group, blocks.negatives, n_groups)
    start_of = np.concatenate([[0.0], np.cumsum(negatives)[:-1]])
    negatives_below = np.cumsum(blocks.negatives) - blocks.negatives - start_of[blocks.group]
    start_of = np.concatenate([[0.0], np.cumsum(positives)[:-1]])
    positives_up_to = np.cumsum(blocks.positives) - start_of[blocks.group]
    with np.errstate(divide="ignore", invalid="ignore"):
        return _Placements(
            (negatives_below + 0.5 * blocks.negatives) / negatives[blocks.group],
            1.0 - (positives_up_to - 0.5 * blocks.positives) / positives[blocks.group],
            positives,
            negatives,
        )


def _rest_standard_error(
    ranked: Ranked, group: NDArray[np.intp], n_groups: int
) -> NDArray[np.float64]:
    n = len(group)
    # Equal-mass bins of the ranking; a level never splits, so ties stay ties.
    first_of_level = np.searchsorted(ranked.level, np.arange(int(ranked.level[-1]) + 1))
    bins = (first_of_level * _REST_BINS // n)[ranked.level]
    cell = group * _REST_BINS + bins
    shape = (n_groups, _REST_BINS)
    every = np.bincount(cell, minlength=n_groups * _REST_BINS).reshape(shape)
    favourable = np.bincount(cell, weights=ranked.label, minlength=n_groups * _REST_BINS)
    positive = complement(favourable.reshape(shape))  # of the rest, (n_groups, bins)
    negative = complement(every) - positive
    m, k = positive.sum(axis=1), negative.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        beaten = (np.cumsum(negative, axis=1) - 0.5 * negative) / k[:, None]
        beats = 1.0 - (np.cumsum(positive, axis=1) - 0.5 * positive) / m[:, None]
        auc = (positive * beaten).sum(axis=1) / m
        s10 = (positive * (beaten - auc[:, None]) ** 2).sum(axis=1) / (m - 1)
        s01 = (negative * (beats - auc[:, None]) ** 2).sum(axis=1) / (k - 1)
        s10, s01 = np.where(m > 1, s10, 0.25), np.where(k > 1, s01, 0.25)
        error = np.sqrt(s10 / m + s01 / k)
    return np.where((m > 0) & (k > 0), error, np.nan)


def _by_group(
    group: NDArray[np.intp], values: NDArray[np.float64], n_groups: int
) -> NDArray[np.float64]:
    return np.bincount(group, weights=values, minlength=n_groups).astype(np.float64)


def _binned(score: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    low, high = float(score.min()), float(score.max())
    if high == low:
        return np.zeros(len(score), dtype=np.int64)
    return np.minimum((score - low) * (bins / (high - low)), bins - 1).astype(np.int64)

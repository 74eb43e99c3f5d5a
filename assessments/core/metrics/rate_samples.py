"""One rate of every group and of all other rows, as counts that the interval methods can use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.core.metrics.clusters import cluster_moments, clusters_of, effective_counts
from assessments.core.metrics.counts import complement, confusion_counts
from assessments.core.metrics.rates import Rate
from assessments.core.subject import Grouping, Subject

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RateSample:
    """Successes and trials of each group of a grouping, arrays of shape (G,).

    `k`, `n` are rows. `effective_*` are the counts for intervals: the same, unless several rows
    belong to one person; then both are divided by the design effect. `rest_*` are effective counts
    of all other rows, `design_effect` is 1 for independent rows.
    """

    rate: Rate
    grouping: Grouping
    k: Floats
    n: Floats
    effective_k: Floats
    effective_n: Floats
    rest_k: Floats
    rest_n: Floats
    design_effect: Floats

    @property
    def clustered(self) -> bool:
        """Whether any design effect was applied."""
        return bool((self.design_effect > 1.0).any())

    def everybody(self) -> tuple[Floats, Floats]:
        """Effective successes and trials of all rows, (1,) each: the rate of the rows, exactly."""
        trials = self.effective_n.sum(keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = self.k.sum(keepdims=True) / self.n.sum(keepdims=True)
        return np.where(trials > 0, np.nan_to_num(rate) * trials, 0.0), trials

    def value(self) -> Floats:
        """k / n, NaN without trials."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.k / self.n


def rate_samples(subject: Subject, rate: Rate) -> tuple[RateSample, ...]:
    """One sample per grouping of a binary subject."""
    assert subject.decision is not None
    label = subject.label if rate.needs_label else None
    tables = confusion_counts(subject.groupings, label, subject.decision)
    rows = rate.rows(label, subject.decision) if subject.person is not None else None
    return tuple(
        sample_of(rate, grouping, *rate.of(table), person=subject.person, rows=rows)
        for grouping, table in zip(subject.groupings, tables, strict=True)
    )


def sample_of(
    rate: Rate,
    grouping: Grouping,
    k: NDArray[np.number],
    n: NDArray[np.number],
    *,
    person: NDArray[np.integer] | None,
    rows: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None,
) -> RateSample:
    """The sample from its counts; `rows` marks the rows that are successes and trials."""
    successes, trials = k.astype(np.float64), n.astype(np.float64)
    rest_k, rest_n = complement(successes), complement(trials)
    if person is None or rows is None:
        ones = np.ones_like(trials)
        return RateSample(
            rate, grouping, successes, trials, successes, trials, rest_k, rest_n, ones
        )
    clusters = clusters_of(grouping.codes, len(grouping.groups), person)
    moments = cluster_moments(clusters, rows[0] & rows[1], rows[1])
    effective_k, effective_n, effect = effective_counts(successes, trials, moments)
    rest_k, rest_n, _ = effective_counts(rest_k, rest_n, moments.rest())
    return RateSample(
        rate, grouping, successes, trials, effective_k, effective_n, rest_k, rest_n, effect
    )

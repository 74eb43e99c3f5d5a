"""Several classes: one class against the others, and means over classes.

A k × k confusion table is k binary tables (class c against the rest), so that every binary rate
serves per class. A macro average is the mean of k rates with disjoint trials; its interval comes
from their exact tails (`shield.evidence.statistics.means`). Balanced accuracy is the macro recall
of two classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.core.metrics.estimates import Estimates, Floats
from shield.evidence.statistics.means import mean_of_rates_limits


def one_against_rest(counts: NDArray[np.number]) -> NDArray[np.number]:
    """Binary tables per class, shape (k, …, 2, 2), from counts (…, n_labels, k).

    Without labels (n_labels = 1) only decisions are told apart: shape (k, …, 1, 2).
    """
    predicted = counts.sum(axis=-2)  # (…, k)
    n = predicted.sum(axis=-1, keepdims=True)
    if counts.shape[-2] == 1:
        table = np.stack([n - predicted, predicted], axis=-1)[..., None, :]  # (…, k, 1, 2)
        return np.moveaxis(table, -3, 0)
    labelled = counts.sum(axis=-1)
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    missed, false = labelled - hit, predicted - hit
    rows = [np.stack([n - hit - missed - false, false], -1), np.stack([missed, hit], -1)]
    return np.moveaxis(np.stack(rows, axis=-2), -3, 0)


@dataclass(frozen=True, slots=True)
class MeanOfRates(Estimates):
    """The mean of several rates per group: `successes`, `trials` and limits of shape (parts, G).

    Parts without trials leave the mean unknown: a macro average over fewer classes is another
    number.
    """

    successes: Floats
    trials: Floats

    def interval(self, z: float) -> tuple[Floats, Floats]:
        """Limits by exact tails of the parts, within [0, 1]."""
        return mean_of_rates_limits(self.successes, self.trials, z)


def mean_of_rates(successes: NDArray[np.number], trials: NDArray[np.number]) -> MeanOfRates:
    """Counts (may be effective ones) of shape (parts, G) as the mean over parts."""
    k, n = successes.astype(np.float64), trials.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = k / n
        variance = (rate * (1.0 - rate) / n).sum(axis=0) / len(n) ** 2
    return MeanOfRates(
        value=rate.mean(axis=0),
        standard_error=np.sqrt(variance),
        n=n.sum(axis=0),
        freedom=np.full(n.shape[1], np.inf),
        successes=k,
        trials=n,
    )


def macro_f1(counts: NDArray[np.number]) -> NDArray[np.float64]:
    """Mean over classes of F1 = 2 TP / (2 TP + FP + FN), shape (…,) from counts (…, k, k).

    A class that neither occurs nor is predicted counts as 0, as in scikit-learn.
    """
    hit = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    both = counts.sum(axis=-1) + counts.sum(axis=-2)
    return np.divide(2.0 * hit, both, out=np.zeros_like(hit), where=both > 0).mean(axis=-1)

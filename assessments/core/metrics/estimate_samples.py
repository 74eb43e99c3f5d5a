"""Metrics that are not shares of rows, of every group, of all other rows and of everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assessments.core.metrics.calibration import (
    CalibrationParameters,
    bin_edges,
    calibration_error,
    calibration_sums,
    everybody,
    rest_of,
)
from assessments.core.metrics.classes import mean_of_rates
from assessments.core.metrics.clusters import Clusters, clusters_of, influence_variance
from assessments.core.metrics.estimates import Estimates, ShareEstimates
from assessments.core.metrics.ranking import (
    GroupedAuc,
    Ranked,
    grouped_auc,
    placement_influence,
    rank_scores,
    rest_auc,
)
from assessments.core.metrics.rate_samples import rate_samples
from assessments.core.metrics.rates import TRUE_NEGATIVE, TRUE_POSITIVE
from assessments.core.metrics.scoring import MeanSums, brier_losses, brier_variances, mean_sums
from assessments.core.subject import Grouping, Subject


@dataclass(frozen=True, slots=True)
class Metric:
    """Names of a metric: how it is called, its formula, its unit, and how its interval is made."""

    name: str
    formula: str
    unit: str
    interval: str
    lacking: str  # why a group may have no value


@dataclass(frozen=True, slots=True)
class EstimateSample:
    """One metric over one grouping: own and rest of shape (G,), everybody of shape (1,).

    `facts` are further numbers per group for charts and tables, each (G,).
    """

    metric: Metric
    grouping: Grouping
    own: Estimates
    rest: Estimates
    everybody: Estimates
    facts: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    clustered: bool = False

    def facts_of(self, at: int) -> dict[str, object]:
        """The facts of one group as JSON values."""
        return {name: values[at].item() for name, values in self.facts.items()}


AUC = Metric(
    "AUC",
    "P(score of a favourable row > score of an unfavourable row) + ½ P(equal)",
    "probability",
    "DeLong standard error, logit interval",
    "the group needs rows with the favourable and with the unfavourable label",
)
BRIER = Metric(
    "Brier score",
    "mean (score − label)²",
    "squared probability",
    "Student interval on the logit scale",
    "the group needs at least two rows",
)
CALIBRATION = Metric(
    "calibration error",
    "Σ share of bin · |mean label − mean score|",
    "difference of rates",
    "folded-normal correction of the upward bias; interval allows for the largest possible bias",
    "the group has no rows",
)
BALANCED = Metric(
    "balanced accuracy",
    "(TPR + TNR) / 2",
    "rate",
    "MOVER of the two rates' Beta intervals",
    "the group needs rows with the favourable and with the unfavourable label",
)


def group_clusters(subject: Subject, grouping: Grouping) -> Clusters | None:
    """The persons of a grouping; None where every row is another person."""
    if subject.person is None:
        return None
    return clusters_of(grouping.codes, len(grouping.groups), subject.person)


def one_group(n: int) -> NDArray[np.int32]:
    """Codes that put all rows in one group."""
    return np.zeros(n, dtype=np.int32)


def auc_samples(subject: Subject) -> tuple[EstimateSample, ...]:
    """AUC by one sort for all groupings; all other rows without a sort per group."""
    assert subject.score is not None and subject.label is not None
    ranked = rank_scores(subject.score, subject.label)
    whole = grouped_auc(ranked, one_group(subject.n), 1)
    persons = (
        clusters_of(one_group(subject.n), 1, subject.person) if subject.person is not None else None
    )
    total = auc_estimates(ranked, one_group(subject.n), whole, persons)
    # The rest has no influence values of its own: it takes everybody's design effect.
    plain, inflation = float(whole.standard_error[0]), 1.0
    if persons is not None and plain > 0:
        inflation = max(float(total.standard_error[0]) / plain, 1.0)
    samples = []
    for grouping in subject.groupings:
        size = len(grouping.groups)
        own, rest = (
            grouped_auc(ranked, grouping.codes, size),
            rest_auc(ranked, grouping.codes, size),
        )
        clusters = group_clusters(subject, grouping)
        other = auc_estimates(ranked, grouping.codes, rest, None)
        if clusters is not None:
            other = ShareEstimates(
                other.value, other.standard_error * inflation, other.n, other.freedom
            )
        samples.append(
            EstimateSample(
                AUC,
                grouping,
                auc_estimates(ranked, grouping.codes, own, clusters),
                other,
                total,
                {"favourable": own.positives, "unfavourable": own.negatives},
                clusters is not None,
            )
        )
    return tuple(samples)


def auc_estimates(
    ranked: Ranked, codes: NDArray[np.integer], auc: GroupedAuc, clusters: Clusters | None
) -> ShareEstimates:
    """AUCs as estimates; with clusters the variance is that of sums per person (Obuchowski 1997)."""
    error = auc.standard_error
    smaller = np.minimum(auc.positives, auc.negatives).astype(np.float64)
    if clusters is not None:
        influence = placement_influence(ranked, codes, len(auc.auc))
        variance, persons = influence_variance(clusters, influence)
        error = np.fmax(np.sqrt(variance), error)
        smaller = np.minimum(smaller, persons)
    n = (auc.positives + auc.negatives).astype(np.float64)
    return ShareEstimates(auc.auc, error, n, np.maximum(smaller - 1.0, 1.0))


def brier_samples(subject: Subject) -> tuple[EstimateSample, ...]:
    """Mean squared error of the probabilities."""
    assert subject.score is not None and subject.label is not None
    losses, variances = brier_losses(subject.score, subject.label), brier_variances(subject.score)
    return tuple(
        mean_sample(
            BRIER,
            grouping,
            losses,
            group_clusters(subject, grouping),
            ShareEstimates,
            model=variances,
        )
        for grouping in subject.groupings
    )


def mean_sample(
    metric: Metric,
    grouping: Grouping,
    values: NDArray[np.float64],
    clusters: Clusters | None,
    kind: type[Estimates],
    *,
    model: NDArray[np.float64] | None = None,
) -> EstimateSample:
    """The mean of per-row values; `kind` decides on which scale its interval is made.

    `model` (n,): the variance that each value has at least.
    """
    sums = mean_sums(grouping.codes, len(grouping.groups), values, clusters, model)

    def estimates(part: MeanSums) -> Estimates:
        error, freedom = part.standard_error()
        return kind(part.mean(), error, part.n, freedom)

    return EstimateSample(
        metric,
        grouping,
        estimates(sums),
        estimates(sums.rest()),
        estimates(sums.everybody()),
        clustered=clusters is not None,
    )


def calibration_samples(
    subject: Subject, parameters: CalibrationParameters
) -> tuple[EstimateSample, ...]:
    """Expected calibration error over bins that all groups share."""
    assert subject.score is not None and subject.label is not None
    edges = bin_edges(subject.score, parameters.bins, equal_width=parameters.edges == "width")
    samples = []
    for grouping in subject.groupings:
        clusters = group_clusters(subject, grouping)
        sums = calibration_sums(
            grouping.codes,
            len(grouping.groups),
            subject.score,
            subject.label,
            edges=edges,
            clusters=clusters,
        )
        own = calibration_error(sums)
        samples.append(
            EstimateSample(
                CALIBRATION,
                grouping,
                own,
                calibration_error(rest_of(sums)),
                calibration_error(everybody(sums)),
                {
                    "uncorrected": own.plain,
                    "largest_bias": own.largest_bias,
                    "label_minus_score": own.bias,
                },
                clusters is not None,
            )
        )
    return tuple(samples)


def balanced_accuracy_samples(subject: Subject) -> tuple[EstimateSample, ...]:
    """Mean of the true-positive and the true-negative rate."""
    both = [rate_samples(subject, rate) for rate in (TRUE_POSITIVE, TRUE_NEGATIVE)]
    samples = []
    for pair in zip(*both, strict=True):
        own = mean_of_rates(
            np.stack([each.effective_k for each in pair]),
            np.stack([each.effective_n for each in pair]),
        )
        rest = mean_of_rates(
            np.stack([each.rest_k for each in pair]), np.stack([each.rest_n for each in pair])
        )
        whole = mean_of_rates(
            *(np.stack(part) for part in zip(*(each.everybody() for each in pair), strict=True))
        )
        facts = {
            f"{name}_{word}": values.astype(np.int64)
            for name, each in zip(("favourable", "unfavourable"), pair, strict=True)
            for word, values in (("right", each.k), ("rows", each.n))
        }
        grouping = pair[0].grouping
        samples.append(
            EstimateSample(BALANCED, grouping, own, rest, whole, facts, pair[0].clustered)
        )
    return tuple(samples)

"""Errors and fit of predicted numbers, of every group, of all other rows and of everybody."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from assessments.core.metrics.clusters import clusters_of
from assessments.core.metrics.estimate_samples import (
    EstimateSample,
    Metric,
    group_clusters,
    mean_sample,
)
from assessments.core.metrics.estimates import Estimates
from assessments.core.metrics.moments import (
    PowerSums,
    determination,
    power_sums,
    root_mean_square_error,
)
from assessments.core.subject import Subject

_MEAN = "Student interval of the mean"
_TWO = "the group needs at least two rows"
MEAN_ERROR = Metric("mean error", "mean (prediction − truth)", "unit of the target", _MEAN, _TWO)
MEAN_ABSOLUTE_ERROR = Metric(
    "mean absolute error", "mean |prediction − truth|", "unit of the target", _MEAN, _TWO
)
MEAN_PREDICTION = Metric("mean prediction", "mean prediction", "unit of the target", _MEAN, _TWO)
RMSE = Metric(
    "RMSE",
    "√ mean (prediction − truth)²",
    "unit of the target",
    "delta-method standard error, log interval",
    _TWO,
)
R2 = Metric(
    "R²",
    "1 − Σ (prediction − truth)² / Σ (truth − its mean in the group)²",
    "share of variance",
    "influence-function standard error, interval symmetric in ln(1 − R²)",
    "the truth does not vary within the group",
)


def mean_error_samples(subject: Subject) -> tuple[EstimateSample, ...]:
    """Mean of prediction − truth: above 0 the group is predicted too high."""
    return _means(subject, MEAN_ERROR, _errors(subject))


def mean_absolute_error_samples(subject: Subject) -> tuple[EstimateSample, ...]:
    """Mean of |prediction − truth|."""
    return _means(subject, MEAN_ABSOLUTE_ERROR, np.abs(_errors(subject)))


def mean_prediction_samples(subject: Subject) -> tuple[EstimateSample, ...]:
    """Mean prediction; needs no truth."""
    assert subject.decision is not None
    return _means(subject, MEAN_PREDICTION, subject.decision.astype(np.float64))


def rmse_samples(subject: Subject) -> tuple[EstimateSample, ...]:
    """Root of the mean squared error."""
    return _fits(subject, RMSE, root_mean_square_error)


def r2_samples(subject: Subject) -> tuple[EstimateSample, ...]:
    """Share of the variance within the group that the prediction explains."""
    return _fits(subject, R2, determination)


def _errors(subject: Subject) -> NDArray[np.float64]:
    assert subject.decision is not None and subject.label is not None
    return subject.decision.astype(np.float64) - subject.label.astype(np.float64)


def _means(
    subject: Subject, metric: Metric, values: NDArray[np.float64]
) -> tuple[EstimateSample, ...]:
    # Centred first: the sums of squares of numbers far from 0 would lose their digits.
    centre = float(values.mean())
    return tuple(
        _shifted(
            mean_sample(
                metric, grouping, values - centre, group_clusters(subject, grouping), Estimates
            ),
            centre,
        )
        for grouping in subject.groupings
    )


def _shifted(sample: EstimateSample, centre: float) -> EstimateSample:
    def shift(part: Estimates) -> Estimates:
        return Estimates(part.value + centre, _spread(part), part.n, part.freedom)

    return EstimateSample(
        sample.metric,
        sample.grouping,
        shift(sample.own),
        shift(sample.rest),
        shift(sample.everybody),
        clustered=sample.clustered,
    )


def _spread(part: Estimates) -> NDArray[np.float64]:
    """No spread at all says nothing about uncertainty: such an estimate is not usable."""
    return np.where(part.standard_error > 0, part.standard_error, np.nan)


def _fits(
    subject: Subject, metric: Metric, estimate: Callable[[PowerSums], Estimates]
) -> tuple[EstimateSample, ...]:
    assert subject.decision is not None and subject.label is not None
    truth, prediction = subject.label.astype(np.float64), subject.decision.astype(np.float64)
    samples = []
    for grouping in subject.groupings:
        size = len(grouping.groups)
        persons = subject.person
        clusters = clusters_of(grouping.codes, size, persons) if persons is not None else None
        sums = power_sums(grouping.codes, size, truth, prediction, clusters)
        samples.append(
            EstimateSample(
                metric,
                grouping,
                estimate(sums),
                estimate(sums.rest()),
                estimate(sums.everybody()),
                clustered=clusters is not None,
            )
        )
    return tuple(samples)

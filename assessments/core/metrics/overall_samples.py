"""Metrics of everybody together that no fairness check shares: F1, log loss, macro averages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assessments.core.metrics.calibration import CalibrationParameters
from assessments.core.metrics.estimate_samples import (
    AUC,
    BRIER,
    CALIBRATION,
    EstimateSample,
    Metric,
    auc_samples,
    calibration_samples,
    group_clusters,
    mean_sample,
    one_group,
)
from assessments.core.metrics.estimates import Estimates, Floats, PositiveEstimates, ShareEstimates
from assessments.core.metrics.rate_samples import RateSample, sample_of
from assessments.core.metrics.rates import Rate, f1_from_overlap
from assessments.core.metrics.scoring import brier_losses, log_losses
from assessments.core.subject import Group, Grouping, Subject
from shield.evidence.statistics.proportions import rate_interval

LOG_LOSS = Metric(
    "log loss",
    "mean −ln(probability of the true label)",
    "nats",
    "Student interval on the log scale",
    "at least two rows are needed",
)


def everybody(subject: Subject) -> Subject:
    """The subject with all rows in one group, whose slice is {}."""
    whole = Grouping(columns=(), codes=one_group(subject.n), groups=(Group(slice={}, n=subject.n),))
    return replace(subject, groupings=(whole,))


def log_loss_sample(subject: Subject) -> EstimateSample:
    """Mean negative log-likelihood, for two or more classes."""
    assert subject.score is not None and subject.label is not None
    grouping = subject.groupings[0]
    losses = log_losses(subject.score, subject.label)
    return mean_sample(
        LOG_LOSS, grouping, losses, group_clusters(subject, grouping), PositiveEstimates
    )


def brier_sample(subject: Subject) -> EstimateSample:
    """Mean squared error of the probabilities; for several classes the sum over classes."""
    assert subject.score is not None and subject.label is not None
    several = subject.score.ndim > 1
    metric = BRIER
    if several:
        metric = replace(
            BRIER,
            formula="mean Σ over classes (score − indicator)²",
            interval="Student interval on the log scale",
        )
    grouping = subject.groupings[0]
    losses = brier_losses(subject.score, subject.label)
    kind: type[Estimates] = PositiveEstimates if several else ShareEstimates
    return mean_sample(metric, grouping, losses, group_clusters(subject, grouping), kind)


def calibration_sample(subject: Subject, parameters: CalibrationParameters) -> EstimateSample:
    """Two classes: of the favourable label. Several: of the class with the highest score."""
    assert subject.score is not None and subject.label is not None
    if subject.score.ndim == 1:
        return calibration_samples(subject, parameters)[0]
    top = subject.score.argmax(axis=1)
    confident = subject.score[np.arange(subject.n), top]
    of_top = replace(subject, score=confident, label=(top == subject.label).astype(np.int8))
    sample = calibration_samples(of_top, parameters)[0]
    formula = f"{CALIBRATION.formula}, of the class with the highest score"
    return replace(sample, metric=replace(CALIBRATION, formula=formula))


def macro_auc_sample(subject: Subject) -> EstimateSample:
    """Mean over classes of the AUC of the class against the others (scikit-learn: ovr, macro).

    The AUCs come from the same rows; the mean of their standard errors bounds that of their mean
    whatever their correlation.
    """
    assert subject.score is not None and subject.label is not None
    parts = [
        auc_samples(
            replace(
                subject,
                score=np.ascontiguousarray(subject.score[:, at]),
                label=(subject.label == at).astype(np.int8),
            )
        )[0].own
        for at in range(len(subject.classes))
    ]
    own = ShareEstimates(
        np.mean([part.value for part in parts], axis=0),
        np.mean([part.standard_error for part in parts], axis=0),
        np.full(1, float(subject.n)),
        np.min([part.freedom for part in parts], axis=0),
    )
    metric = replace(
        AUC,
        name="macro AUC",
        formula="mean over classes of the AUC of the class against the others",
        lacking="every class needs rows",
    )
    return EstimateSample(
        metric, subject.groupings[0], own, own, own, clustered=subject.person is not None
    )


def f1_from_sample(overlap: RateSample, confidence: float) -> tuple[float, float, float]:
    """F1 and its interval from the Jaccard index, of which it is a monotone function."""
    low, high = rate_interval(overlap.effective_k, overlap.effective_n, confidence)
    value = overlap.k[0] / overlap.n[0]
    ends = [float(f1_from_overlap(each)) for each in (value, low[0], high[0])]
    return ends[0], ends[1], ends[2]


def class_overlaps(
    subject: Subject, rate: Rate, binary: NDArray[np.number]
) -> tuple[RateSample, ...]:
    """The Jaccard index of every class of everybody; `binary` (k, 1, 2, 2) as `one_against_rest`."""
    assert subject.decision is not None and subject.label is not None
    samples = []
    for at, name in enumerate(subject.classes):
        rows = None
        if subject.person is not None:
            rows = rate.rows(subject.label == at, subject.decision == at)
        of_class = replace(
            rate,
            name=f"F1 of class {name}",
            counted="are both",
            among=f"rows of class {name} or decided as it",
        )
        samples.append(
            sample_of(
                of_class,
                subject.groupings[0],
                *rate.of(binary[at]),
                person=subject.person,
                rows=rows,
            )
        )
    return tuple(samples)


def effective_table(counts: NDArray[np.integer], effect: Floats | float) -> NDArray[np.int64]:
    """A confusion table as if of independent rows: cells divided by the design effect."""
    return np.rint(counts / effect).astype(np.int64)

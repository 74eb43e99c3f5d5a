"""Rates of several classes: each class against the others, and the mean over classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assessments.core.metrics.classes import mean_of_rates, one_against_rest
from assessments.core.metrics.counts import confusion_counts
from assessments.core.metrics.estimate_samples import EstimateSample, Metric
from assessments.core.metrics.rate_samples import RateSample, sample_of
from assessments.core.metrics.rates import (
    ACCURACY,
    POSITIVE_PREDICTIVE_VALUE,
    SELECTION,
    TRUE_POSITIVE,
    Rate,
)
from assessments.core.subject import Subject

DECIDED = replace(SELECTION, name="share decided", formula="decided as the class / N")
RECALL = replace(
    TRUE_POSITIVE, name="recall", formula="rows of the class decided as the class / rows of it"
)
PRECISION = replace(
    POSITIVE_PREDICTIVE_VALUE,
    name="precision",
    formula="rows of the class decided as the class / rows decided as it",
)


def of_class(rate: Rate, name: str) -> Rate:
    """The rate in words for one class: "recall of class refused"."""
    words = {
        DECIDED.name: (f"share decided as {name}", f"were decided as {name}", "rows"),
        RECALL.name: (
            f"recall of class {name}",
            f"were decided as {name}",
            f"rows of class {name}",
        ),
        PRECISION.name: (
            f"precision of class {name}",
            f"are of class {name}",
            f"rows decided as {name}",
        ),
    }[rate.name]
    return replace(rate, name=words[0], counted=words[1], among=words[2])


def class_samples(subject: Subject, rate: Rate) -> tuple[tuple[RateSample, ...], ...]:
    """Per grouping, one sample per class: shape (groupings, classes)."""
    assert subject.decision is not None
    k = len(subject.classes)
    label = subject.label if rate.needs_label else None
    tables = confusion_counts(subject.groupings, label, subject.decision, k)
    answer = []
    for grouping, table in zip(subject.groupings, tables, strict=True):
        parts = []
        for at, (name, binary) in enumerate(
            zip(subject.classes, one_against_rest(table), strict=True)
        ):
            rows = None
            if subject.person is not None:
                of_label = None if label is None else label == at
                rows = rate.rows(of_label, subject.decision == at)
            parts.append(
                sample_of(
                    of_class(rate, name),
                    grouping,
                    *rate.of(binary),
                    person=subject.person,
                    rows=rows,
                )
            )
        answer.append(tuple(parts))
    return tuple(answer)


def macro_sample(rate: Rate, parts: tuple[RateSample, ...]) -> EstimateSample:
    """The mean over classes of one grouping; a class without trials leaves it undefined."""
    metric = Metric(
        f"macro {rate.name}",
        f"mean over {len(parts)} classes of {rate.formula}",
        "rate",
        "MOVER of the classes' Beta intervals",
        f"every class needs {'decisions' if rate.name == PRECISION.name else 'rows'} in the group",
    )
    own = mean_of_rates(
        np.stack([each.effective_k for each in parts]),
        np.stack([each.effective_n for each in parts]),
    )
    rest = mean_of_rates(
        np.stack([each.rest_k for each in parts]), np.stack([each.rest_n for each in parts])
    )
    whole = mean_of_rates(
        *(np.stack(part) for part in zip(*(each.everybody() for each in parts), strict=True))
    )
    return EstimateSample(metric, parts[0].grouping, own, rest, whole, clustered=parts[0].clustered)


def accuracy_samples(subject: Subject) -> tuple[RateSample, ...]:
    """Share of rows decided as labelled, whatever the number of classes."""
    assert subject.decision is not None and subject.label is not None
    right = subject.decision == subject.label
    every = np.ones(subject.n, dtype=bool)
    rate = replace(ACCURACY, formula="rows decided as labelled / N")
    return tuple(
        sample_of(
            rate,
            grouping,
            np.bincount(grouping.codes, weights=right, minlength=len(grouping.groups)),
            np.bincount(grouping.codes, minlength=len(grouping.groups)),
            person=subject.person,
            rows=(right, every) if subject.person is not None else None,
        )
        for grouping in subject.groupings
    )

"""Tasks of several classes: every label once by value, in one order for labels, decisions and scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assessments.core.preparation_model import ModelAnswers
from assessments.core.preparation_spec import SubjectSpec
from assessments.core.preparation_table import Encoded, PreparedTable
from assessments.core.preparation_values import Outcome, Warnings, complete, warn_of_one_class
from shield.sandbox.contract import SandboxFailure
from shield.sandbox.labels import clean_text, find_label, sort_labels

MAX_CLASSES = 50


def read_multiclass(spec: SubjectSpec, table: PreparedTable, warnings: Warnings) -> Outcome:
    """Label and decision (n,) int32 codes into `classes`; score (n, k) in the same order, or None."""
    target = complete(table, spec.target, "label_missing", "label")
    if spec.kind == "predictions":
        predicted = complete(table, spec.prediction, "decision_missing", "decision")
        scores, scored = None, []
        if spec.score is not None:
            message = "One score column says nothing about several classes; it is not used."
            warnings.append(("score_ignored", message))
    else:
        answers = ModelAnswers(table)
        known = sort_labels(target.labels) if target is not None else []
        scored = answers.classes(known, warnings) if answers.score_names else []
        scores = answers.scores(len(scored)) if scored else None
        predicted = answers.decision(known, scored or None)
        if predicted is None and scores is not None:
            predicted = Encoded(scores.argmax(axis=1).astype(np.int32), tuple(scored))
    classes = _union(target, predicted, scored)
    if len(classes) > MAX_CLASSES:
        raise SandboxFailure(
            "too_many_classes",
            f"There are {len(classes)} classes; at most {MAX_CLASSES} can be compared.",
            "Name the favourable label (data.favourable) to compare it with all others.",
        )
    label, decision = _recode(target, classes), _recode(predicted, classes)
    warn_of_one_class("label", label, warnings)
    return Outcome(label, decision, _spread(scores, scored, classes), _display(classes))


def _union(
    target: Encoded | None, predicted: Encoded | None, scored: Sequence[str]
) -> tuple[str, ...]:
    """All class labels, each once by value, in order."""
    classes: list[str] = []
    for labels in (target.labels if target else (), predicted.labels if predicted else (), scored):
        classes += [label for label in labels if find_label(label, classes, truth=False) is None]
    return tuple(sort_labels(classes))


def _recode(column: Encoded | None, classes: Sequence[str]) -> NDArray[np.int32] | None:
    """Codes into `classes`, (n,) int32."""
    if column is None:
        return None
    places = [classes.index(str(find_label(label, classes))) for label in column.labels]
    return np.array(places, dtype=np.int32)[column.codes]


def _spread(
    scores: NDArray[np.float64] | None, scored: Sequence[str], classes: Sequence[str]
) -> NDArray[np.float64] | None:
    """Scores in the order of `classes`, (n, k); a class that the model does not know has score 0."""
    if scores is None:
        return None
    spread = np.zeros((len(scores), len(classes)))
    for column, label in enumerate(scored):
        spread[:, classes.index(str(find_label(label, classes)))] = scores[:, column]
    return spread


def _display(classes: Sequence[str]) -> tuple[str, ...]:
    return tuple(clean_text(label, 80) for label in classes)

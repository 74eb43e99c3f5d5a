"""Binary tasks: who got, and who deserved, the favourable label, with which probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assessments.core.preparation_model import ModelAnswers
from assessments.core.preparation_spec import SubjectSpec
from assessments.core.preparation_table import Encoded, PreparedTable, refuse_rows
from assessments.core.preparation_values import Outcome, Warnings, complete, warn_of_one_class
from shield.sandbox.contract import SandboxFailure
from shield.sandbox.labels import clean_text, find_label, sort_labels

DECISION_THRESHOLD = 0.5


def read_binary(spec: SubjectSpec, table: PreparedTable, warnings: Warnings) -> Outcome:
    """Label and decision (n,) int8, 1 where favourable; score (n,) in [0, 1]; each None when not there."""
    target = complete(table, spec.target, "label_missing", "label")
    if spec.kind == "predictions":
        predicted = complete(table, spec.prediction, "decision_missing", "decision")
        score = None if spec.score is None else _unit_score(table, spec.score)
    else:
        predicted, score = _model_binary(spec, table, target, warnings)
    label = _is_favourable(spec, spec.target, target, predicted)
    decision = _is_favourable(spec, spec.prediction, predicted, target)
    if decision is None and score is not None:
        decision = (score >= DECISION_THRESHOLD).astype(np.int8)
        message = (
            f"There is no decision of its own: score ≥ {DECISION_THRESHOLD} counts as favourable."
        )
        warnings.append(("decision_from_score", message))
    warn_of_one_class("label", label, warnings)
    warn_of_one_class("decision", decision, warnings)
    return Outcome(label, decision, score)


def _is_favourable(
    spec: SubjectSpec, name: str | None, column: Encoded | None, other: Encoded | None
) -> NDArray[np.int8] | None:
    """1 where a row has the favourable label, (n,) int8.

    A column in which the label does not occur is all 0, provided that the other column has it.
    """
    if column is None:
        return None
    if spec.favourable is None:
        raise SandboxFailure(
            "favourable_missing",
            "The manifest does not say which label is good for the person.",
            "Add data.favourable.",
        )
    found = find_label(spec.favourable, column.labels)
    if found is None:
        elsewhere = other is not None and find_label(spec.favourable, other.labels) is not None
        plain = len(column.labels) <= 2 or elsewhere
        if not (elsewhere and plain):
            raise _no_favourable(spec, name, column)
        return np.zeros(len(column.codes), dtype=np.int8)
    return (column.codes == column.labels.index(found)).astype(np.int8)


def _no_favourable(spec: SubjectSpec, name: str | None, column: Encoded) -> SandboxFailure:
    seen = ", ".join(clean_text(label, 40) for label in sort_labels(column.labels)[:10])
    where = f"column {name!r}" if name else "the model's decisions"
    return SandboxFailure(
        "favourable_not_found",
        f"The favourable label {spec.favourable!r} does not occur in {where}; its labels are: {seen}.",
        'Correct data.favourable: labels compare by value (1 = "1" = 1.0).',
    )


def _unit_score(table: PreparedTable, name: str) -> NDArray[np.float64]:
    """A score column, (n,), every value a finite number in [0, 1]."""
    score = table.numbers(f"data:{name}")
    refuse_rows(
        ~np.isfinite(score),
        "score_not_finite",
        f"Score column {name!r} is not a finite number",
        "Remove these rows or score them again.",
    )
    refuse_rows(
        (score < 0) | (score > 1),
        "score_outside_unit",
        f"Score column {name!r} is not between 0 and 1",
        "Give the probability of the favourable label, not log-odds or points.",
    )
    return score


def _model_binary(
    spec: SubjectSpec, table: PreparedTable, target: Encoded | None, warnings: Warnings
) -> tuple[Encoded | None, NDArray[np.float64] | None]:
    """The model's own classes in the target's words, and the probability of the favourable label."""
    answers = ModelAnswers(table)
    known = _known_labels(spec, target)
    if not answers.score_names:
        return answers.decision(known, None), None
    classes = answers.classes(known, warnings)
    favourable = find_label(spec.favourable, classes)
    if favourable is None:
        raise SandboxFailure(
            "favourable_not_found",
            f"The favourable label {spec.favourable!r} is none of the model's classes: "
            f"{', '.join(clean_text(label, 40) for label in classes[:10])}.",
            "Correct data.favourable.",
        )
    position = classes.index(favourable)
    if len(answers.score_names) == 1:
        score = _unit_model(table.numbers(answers.score_names[0]))
        if position != len(classes) - 1:
            message = (
                f"The model's one score is the probability of {classes[-1]!r}; one minus it is used for "
                f"the favourable label {favourable!r}."
            )
            warnings.append(("score_inverted", message))
            score = 1.0 - score
    else:
        score = table.numbers(answers.score_names[position])
    return answers.decision(known, classes), score


def _known_labels(spec: SubjectSpec, target: Encoded | None) -> list[str]:
    """The labels that the target has, and the favourable one."""
    known = list(target.labels) if target is not None else []
    if spec.favourable is not None and find_label(spec.favourable, known) is None:
        known.append(str(spec.favourable))
    return sort_labels(known)


def _unit_model(score: NDArray[np.float64]) -> NDArray[np.float64]:
    refuse_rows(
        (score < -1e-5) | (score > 1 + 1e-5),
        "score_outside_unit",
        "The model's score is not between 0 and 1",
        "Export the model with probabilities, not log-odds or raw margins.",
    )
    return np.clip(score, 0.0, 1.0)

"""From columns to labels, decisions and scores: which task it is, and what counts as favourable.

The rule for the task: `favourable` given → binary. Else by the target column (the prediction column
when there is no target): text, booleans and whole numbers with at most 50 distinct values →
multi-class; other numbers → regression; a score alone → binary.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assessments.core.preparation_binary import read_binary
from assessments.core.preparation_multiclass import MAX_CLASSES, read_multiclass
from assessments.core.preparation_spec import SubjectSpec
from assessments.core.preparation_table import PreparedTable, refuse_rows
from assessments.core.preparation_values import Outcome, Warnings
from assessments.core.subject import Task
from shield.sandbox.contract import SandboxFailure


def infer_task(spec: SubjectSpec, table: PreparedTable) -> Task:
    """The task by the rule above; SandboxFailure when there is nothing to measure at all."""
    if spec.favourable is not None:
        return Task.BINARY
    name = spec.target or spec.prediction
    if name is None:
        if spec.score is not None:
            return Task.BINARY
        raise SandboxFailure(
            "no_outcome",
            "The manifest names neither a target, a prediction nor a score column.",
            "Add data.target, data.prediction or data.score.",
        )
    column = table.column(f"data:{name}")
    if pa.types.is_floating(column.type) and not _few_whole_numbers(column):
        return Task.REGRESSION
    distinct = pc.count_distinct(column).as_py()
    if distinct <= MAX_CLASSES:
        return Task.MULTICLASS
    if pa.types.is_integer(column.type):
        return Task.REGRESSION
    raise SandboxFailure(
        "too_many_classes",
        f"Column {name!r} is text with {distinct:,} distinct values; at most {MAX_CLASSES} can be classes.",
        "Name the favourable label (data.favourable), or store a number to predict as a number.",
    )


def _few_whole_numbers(column: pa.ChunkedArray) -> bool:
    """True when a floating column holds only few whole numbers (class codes written as 0.0, 1.0)."""
    values = pc.unique(column.drop_null())
    return len(values) <= 10 and all(value.is_integer() for value in values.to_pylist())


def read_outcome(
    task: Task, spec: SubjectSpec, table: PreparedTable, warnings: Warnings
) -> Outcome:
    """Labels, decisions and scores for a task; SandboxFailure names the rows that have none."""
    if task is Task.BINARY:
        return read_binary(spec, table, warnings)
    if task is Task.MULTICLASS:
        return read_multiclass(spec, table, warnings)
    return _regression(spec, table, warnings)


def _regression(spec: SubjectSpec, table: PreparedTable, warnings: Warnings) -> Outcome:
    label = None if spec.target is None else _finite(table, f"data:{spec.target}", "label_missing")
    if spec.kind == "predictions":
        if spec.score is not None:
            warnings.append(
                ("score_ignored", "A score has no meaning for regression; it is not used.")
            )
        if spec.prediction is None:
            return Outcome(label, None, None)
        return Outcome(label, _finite(table, f"data:{spec.prediction}", "decision_missing"), None)
    names = table.score_columns()
    if len(names) != 1:
        raise SandboxFailure(
            "model_task_mismatch",
            f"The target {spec.target!r} is a number to predict, but the model gives classes.",
            "If the numbers are classes, name the favourable one (data.favourable).",
        )
    return Outcome(label, _finite(table, names[0], "score_not_finite"), None)


def _finite(table: PreparedTable, name: str, code: str) -> NDArray[np.float64]:
    values = table.numbers(name)
    what = name.partition(":")[2]
    refuse_rows(
        ~np.isfinite(values),
        code,
        f"Column {what!r} is not a finite number",
        "Remove these rows or fill the column.",
    )
    return values

"""Scoring a table in batches, and refusing answers that are not what they should be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shield.sandbox.contract import SandboxFailure
from shield.sandbox.features import FeatureBatch, Selection
from shield.sandbox.models.base import Form, Model, Output

_TOLERANCE = 1e-5  # float32 rounding around 0 and 1
_NAMED_ROWS = 5


class Scorer:
    """Runs the model on batches; every row must get finite answers of one shape."""

    def __init__(self, model: Model, selection: Selection) -> None:
        self._model = model
        self._selection = selection
        self._width: int | None = None

    def score(self, batch: pa.RecordBatch, first: int) -> list[tuple[str, pa.Array]]:
        """The model's columns for a batch whose first row has the number `first` (from 0)."""
        features = FeatureBatch(batch.select(self._unique()), self._selection, first)
        output = self._model.predict(features)
        columns = []
        if output.decision is not None:
            columns.append(("model:decision", _labels(output.decision)))
        if output.scores is not None:
            scores = self._checked(output, first)
            columns += [
                (f"model:score:{number}", pa.array(scores[:, number]))
                for number in range(scores.shape[1])
            ]
        return columns

    def facts(self) -> dict[str, Any]:
        """What the columns mean, as JSON values."""
        classes = self._model.description.classes
        return {
            "kind": self._model.description.kind,
            "form": str(self._model.form),
            "classes": None if classes is None else list(classes),
            "features": list(self._selection.columns),
        }

    def warnings(self) -> list[tuple[str, str]]:
        """What the selection of features and the model had to say."""
        return [*self._selection.warnings, *self._model.warnings]

    def _unique(self) -> list[str]:
        return list(dict.fromkeys(self._selection.columns))

    def _checked(self, output: Output, first: int) -> NDArray[np.float64]:
        scores = output.scores
        assert scores is not None
        if self._width is None:
            self._width = scores.shape[1]
        classes = self._model.description.classes
        wrong = scores.shape[1] != self._width or (
            self._model.form is Form.PROBABILITIES
            and classes is not None
            and len(classes) != scores.shape[1]
        )
        if wrong or (self._model.form is not Form.PROBABILITIES and scores.shape[1] != 1):
            raise SandboxFailure(
                "model_output_length",
                f"The model gave {scores.shape[1]} scores a row, which is not what it declares.",
                "Export it with one score, or one score for each class.",
            )
        _refuse_rows(
            (~np.isfinite(scores)).any(axis=1),
            first,
            "score_not_finite",
            "The model's score is not a finite number",
            "Look at these rows: missing or extreme inputs usually cause this.",
        )
        if self._model.form is Form.NUMBER:
            return scores
        outside = (scores < -_TOLERANCE) | (scores > 1 + _TOLERANCE)
        _refuse_rows(
            outside.any(axis=1),
            first,
            "score_outside_unit",
            "The model's score is not between 0 and 1",
            "Export the model with probabilities, not log-odds or raw margins.",
        )
        return np.clip(scores, 0.0, 1.0)


def _refuse_rows(
    bad: NDArray[np.bool_] | np.bool_, first: int, code: str, what: str, hint: str
) -> None:
    """SandboxFailure naming the first rows (counted from 1, without the header)."""
    rows = np.flatnonzero(bad)
    if len(rows):
        named = ", ".join(f"{first + int(row) + 1:,}" for row in rows[:_NAMED_ROWS])
        more = " and more" if len(rows) > _NAMED_ROWS else ""
        raise SandboxFailure(code, f"{what} in data row {named}{more}.", hint)


def _labels(values: NDArray[np.generic]) -> pa.Array:
    """A class output as int64, float64 or text."""
    if values.dtype.kind in "iu":
        return pa.array(values.astype(np.int64))
    if values.dtype.kind == "b":
        return pa.array(values.astype(np.int64))
    if values.dtype.kind == "f":
        return pa.array(values.astype(np.float64))
    return pa.array([str(value) for value in values.tolist()], pa.string())

"""What the outputs of an ONNX classifier or regressor mean, in the shapes that exporters write."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shield.sandbox.contract import SandboxFailure
from shield.sandbox.labels import label_text
from shield.sandbox.models.base import Form, Output

Answers = list[list[Any]]  # one list of outputs a call

_CLASS_TYPES = ("tensor(int64)", "tensor(int32)", "tensor(string)", "tensor(bool)")
_NUMBER_TYPES = ("tensor(float)", "tensor(double)", "tensor(float16)")


class Outputs:
    """Which output is the class, which holds the scores.

    Scores are a sequence of maps {class: probability}, a tensor (n, k) with one column a class, or
    a tensor (n,) or (n, 1): the probability of the class that sorts last when the model also gives
    a class, else a number, which is a probability only for a binary task.
    """

    def __init__(self, outputs: list[Any]) -> None:
        classes = [at for at, output in enumerate(outputs) if output.type in _CLASS_TYPES]
        maps = [at for at, output in enumerate(outputs) if output.type.startswith("seq(map(")]
        numbers = [at for at, output in enumerate(outputs) if output.type in _NUMBER_TYPES]
        named = [at for at in numbers if "prob" in outputs[at].name.lower()]
        self._class_at = classes[0] if classes else None
        self._maps = bool(maps)
        scores = maps or named or numbers
        self._score_at = scores[0] if scores else None
        self.classes: tuple[str, ...] | None = None
        if self._class_at is None and self._score_at is None:
            raise SandboxFailure(
                "unsupported_model",
                "The model's outputs are neither classes, probabilities nor numbers.",
                "Export it with a class output, a probability output, or both.",
            )
        self.form = self._declared(outputs)

    def _declared(self, outputs: list[Any]) -> Form:
        if self._score_at is None:
            return Form.NONE
        if self._maps:
            return Form.PROBABILITIES
        shape = outputs[self._score_at].shape
        if len(shape) == 2 and isinstance(shape[1], int) and shape[1] > 1:
            return Form.PROBABILITIES
        return Form.NUMBER if self._class_at is None else Form.PROBABILITY

    def read(self, answers: Answers, rows: int) -> Output:
        """One batch of `rows` rows from one or more calls."""
        decision = None
        if self._class_at is not None:
            at = self._class_at
            values = np.concatenate([np.asarray(call[at]).reshape(-1) for call in answers])[:rows]
            _check_length("class", len(values), rows)
            decision = values.astype(np.int64) if values.dtype == bool else values
        if self._score_at is None:
            return Output(decision, None)
        at = self._score_at
        if self._maps:
            return Output(
                decision, self._from_maps([row for call in answers for row in call[at]], rows)
            )
        parts = [np.asarray(call[at], dtype=np.float64) for call in answers]
        scores = np.concatenate(
            [part.reshape(len(part), -1) if part.ndim else part.reshape(1, 1) for part in parts]
        )
        scores = scores[:rows]
        _check_length("score", len(scores), rows)
        if scores.shape[1] > 1:
            self.form = Form.PROBABILITIES
        elif self.form is Form.PROBABILITIES:
            self.form = Form.PROBABILITY
        return Output(decision, scores)

    def _from_maps(self, maps: list[dict], rows: int) -> NDArray[np.float64]:
        maps = maps[:rows]
        _check_length("score", len(maps), rows)
        keys = list(maps[0])
        self.classes = tuple(label_text(key) for key in keys)
        try:
            return np.array([[row[key] for key in keys] for row in maps], dtype=np.float64)
        except KeyError:
            raise SandboxFailure(
                "model_output_length",
                "The model gives other classes for some rows than for others.",
            ) from None


def _check_length(what: str, found: int, rows: int) -> None:
    if found != rows:
        raise SandboxFailure(
            "model_output_length",
            f"The model gave {found} {what} values for {rows} rows.",
            "Export the model so that the first dimension of every output is the rows.",
        )

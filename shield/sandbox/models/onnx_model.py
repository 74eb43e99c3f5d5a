"""ONNX models, run by onnxruntime on one thread; nothing outside the file is ever read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shield.sandbox.contract import ModelDescription, SandboxFailure
from shield.sandbox.features import FeatureBatch
from shield.sandbox.labels import clean_text
from shield.sandbox.models.base import (
    Form,
    Model,
    Output,
    failed_model,
    invalid_model,
    library_missing,
)
from shield.sandbox.models.onnx_file import inspect
from shield.sandbox.models.onnx_outputs import Answers, Outputs

if TYPE_CHECKING:
    import onnxruntime

_TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.str_,
}


def load(data: bytes, name: str) -> Model:
    """Load a model from bytes. External data, unknown operators and broken graphs are refused."""
    facts = inspect(data, name)
    try:
        import onnxruntime
    except ImportError as error:
        raise library_missing("onnxruntime", error) from error
    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = (
        False  # the arena doubles what it asks for, and hits the limit early
    )
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        _raise_memory(error)
        raise invalid_model(name, "onnx", error) from error
    return _Onnx(session, facts.feature_names, facts.classes)


def _raise_memory(error: Exception) -> None:
    if isinstance(error, MemoryError):
        raise error
    if "bad_alloc" in str(error) or "Failed to allocate memory" in str(error):
        raise MemoryError from error


class _Onnx:
    """Inputs: one tensor of all features, or one input a feature. Outputs: see `onnx_outputs`."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        names: tuple[str, ...] | None,
        classes: tuple[str, ...] | None,
    ) -> None:
        self._session = session
        self._inputs = session.get_inputs()
        self._outputs = Outputs(session.get_outputs())
        self.warnings: list[tuple[str, str]] = []
        features, width = self._features(names)
        self._one_tensor = len(self._inputs) == 1 and features != (self._inputs[0].name,)
        self._rows = self._fixed_rows()
        self.form = self._outputs.form
        self.description = ModelDescription(
            kind="onnx",
            features=features,
            width=width,
            classes=classes or self._outputs.classes,
            outputs=tuple(output.name for output in session.get_outputs()),
            capabilities=("decisions", "scores") if self.form is not Form.NONE else ("decisions",),
        )

    def _features(self, names: tuple[str, ...] | None) -> tuple[tuple[str, ...] | None, int | None]:
        if not self._inputs:
            raise SandboxFailure("model_inputs_unknown", "The model has no inputs.")
        for model_input in self._inputs:
            if model_input.type not in _TYPES:
                raise SandboxFailure(
                    "unsupported_model",
                    f"The model's input {clean_text(model_input.name, 80)!r} has the type {model_input.type}.",
                    "Inputs are tensors of numbers, booleans or text.",
                )
        if len(self._inputs) > 1:
            return tuple(model_input.name for model_input in self._inputs), len(self._inputs)
        shape = self._inputs[0].shape
        width = shape[1] if len(shape) == 2 and isinstance(shape[1], int) else None
        if len(shape) == 1:
            width = 1
        elif len(shape) != 2:
            raise SandboxFailure(
                "unsupported_model",
                f"The model's input has {len(shape)} dimensions; a table gives two (rows, columns).",
            )
        if names is not None and width not in (None, len(names)):
            raise SandboxFailure(
                "model_input_mismatch",
                f"The model's metadata names {len(names)} features, but its input has {width}.",
                'Correct the metadata entry "feature_names".',
            )
        return names, width if names is None else len(names)

    def _fixed_rows(self) -> int | None:
        """The number of rows a call, when the model was exported with a fixed one."""
        first = self._inputs[0].shape[0] if self._inputs[0].shape else None
        return first if isinstance(first, int) and first > 0 else None

    def predict(self, batch: FeatureBatch) -> Output:
        feed = self._feed(batch)
        try:
            raw = self._run(feed, batch.rows)
        except SandboxFailure:
            raise
        except Exception as error:
            _raise_memory(error)
            raise failed_model(error) from error
        output = self._outputs.read(raw, batch.rows)
        self.form = self._outputs.form
        if self.description.classes is None and self._outputs.classes is not None:
            object.__setattr__(self.description, "classes", self._outputs.classes)
        return output

    def _feed(self, batch: FeatureBatch) -> dict[str, NDArray]:
        if self._one_tensor:
            return {self._inputs[0].name: self._tensor(batch)}
        feed = {}
        for position, model_input in enumerate(self._inputs):
            values = _typed(batch, position, model_input.type)
            flat = len(model_input.shape) == 1
            feed[model_input.name] = values if flat else values.reshape(-1, 1)
        return feed

    def _tensor(self, batch: FeatureBatch) -> NDArray:
        model_input = self._inputs[0]
        if model_input.type in ("tensor(float)", "tensor(double)"):
            tensor: NDArray = batch.matrix(_TYPES[model_input.type])
        else:
            positions = range(len(batch.selection.columns))
            tensor = np.column_stack([_typed(batch, at, model_input.type) for at in positions])
        return tensor.reshape(-1) if len(model_input.shape) == 1 else tensor

    def _run(self, feed: dict[str, NDArray], rows: int) -> Answers:
        if self._rows is None or self._rows == rows:
            return [self._session.run(None, feed)]
        answers = []
        for start in range(0, rows, self._rows):
            part = {name: values[start : start + self._rows] for name, values in feed.items()}
            short = self._rows - len(next(iter(part.values())))
            if short:  # fill the last call with copies of its last row; the surplus is cut off
                part = {
                    name: np.concatenate([values, np.repeat(values[-1:], short, axis=0)])
                    for name, values in part.items()
                }
            answers.append(self._session.run(None, part))
        return answers


def _typed(batch: FeatureBatch, position: int, type_: str) -> NDArray:
    """One feature in the type that the model's input has."""
    name = batch.selection.columns[position]
    if type_ == "tensor(string)":
        values = batch.column(position).cast("string").fill_null("").to_pylist()
        return np.array(values, dtype=object)
    numbers = batch.number(position)
    dtype = _TYPES[type_]
    if not np.issubdtype(dtype, np.floating):
        bad = np.flatnonzero(~np.isfinite(numbers) | (numbers != np.round(numbers)))
        if len(bad):
            raise SandboxFailure(
                "feature_not_integer",
                f"Column {name!r} has {len(bad)} missing or broken values (first in data row "
                f"{batch.first + int(bad[0]) + 1}), but the model takes whole numbers.",
                "Fill missing values as in training, or export the model with floating-point inputs.",
            )
    return numbers.astype(dtype)

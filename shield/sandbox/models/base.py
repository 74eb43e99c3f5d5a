"""What every kind of model looks like to the scoring loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shield.sandbox.contract import ModelDescription, SandboxFailure
from shield.sandbox.features import FeatureBatch
from shield.sandbox.models.refused import refuse_code
from shield.sandbox.tables.source import Upload

MODEL_BYTES = 1 << 30


class Form(StrEnum):
    """What the numbers are that a model gives back."""

    PROBABILITIES = "probabilities"  # (n, k), one column a class
    PROBABILITY = "probability"  # (n, 1), of the class that sorts last
    NUMBER = "number"  # (n, 1): a predicted number, or a probability when the task is binary
    NONE = "none"  # classes only


@dataclass(frozen=True, slots=True)
class Output:
    """One batch of answers: `decision` (n,) the model's own class or None; `scores` (n, k) or None."""

    decision: NDArray[np.generic] | None
    scores: NDArray[np.float64] | None


class Model(Protocol):
    """A loaded model. `warnings` may grow until the last batch."""

    description: ModelDescription
    form: Form
    warnings: list[tuple[str, str]]

    def predict(self, batch: FeatureBatch) -> Output:
        """Score a batch of at least one row."""
        ...


Loader = Callable[[bytes, str], Model]

_LOADERS = {
    "onnx": "shield.sandbox.models.onnx_model",
    "xgboost": "shield.sandbox.models.xgboost_model",
    "lightgbm": "shield.sandbox.models.lightgbm_model",
    "skops": "shield.sandbox.models.skops_model",
}


def load_model(upload: Upload, kind: str) -> Model:
    """Load a model; formats that can run code are refused by their content, whatever their name."""
    with upload.path.open("rb") as file:
        data = file.read(MODEL_BYTES + 1)
    if not data:
        raise SandboxFailure("model_empty", f"{upload.name} is empty.", "Export the model again.")
    if len(data) > MODEL_BYTES:
        raise SandboxFailure(
            "model_too_large", f"{upload.name} is larger than {MODEL_BYTES >> 30} GiB."
        )
    refuse_code(data, upload.name)
    if kind not in _LOADERS:
        raise SandboxFailure(
            "unsupported_model",
            f"The model kind {kind!r} cannot be run.",
            f"Kinds that can: {', '.join(_LOADERS)}; or give predictions without a model.",
        )
    loader: Loader = import_module(_LOADERS[kind]).load
    return loader(data, upload.name)


def library_missing(kind: str, error: ImportError) -> SandboxFailure:
    """The model's library or something it needs from the system is not installed."""
    hints = {
        "lightgbm": "Install it with `pip install lightgbm`, and libgomp with `apt-get install libgomp1`.",
        "xgboost": "Install it with `pip install xgboost-cpu`, and libgomp with `apt-get install libgomp1`.",
    }
    return SandboxFailure(
        "library_missing",
        f"Models of kind {kind} cannot be run here: {error}.",
        hints.get(kind, f"Install it with `pip install {kind}`."),
    )


def invalid_model(name: str, kind: str, error: object) -> SandboxFailure:
    """The file is not a model of the declared kind, or is damaged."""
    from shield.sandbox.labels import clean_text

    return SandboxFailure(
        "malformed_model",
        f"{name} cannot be read as a model of kind {kind}: {clean_text(str(error), 400)}",
        "Export the model again, and check `model.kind`.",
    )


def failed_model(error: object) -> SandboxFailure:
    """The model loaded, but gave an error on the data."""
    from shield.sandbox.labels import clean_text

    return SandboxFailure(
        "model_failed",
        f"The model gave an error on the data: {clean_text(str(error), 600)}",
        "Check that the table's columns are what the model was trained on (order, types, missing values).",
    )

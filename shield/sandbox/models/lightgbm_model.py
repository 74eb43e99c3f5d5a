"""LightGBM models in its text format, run by lightgbm."""

from __future__ import annotations

import re

import numpy as np

from shield.sandbox.contract import ModelDescription, SandboxFailure
from shield.sandbox.features import FeatureBatch
from shield.sandbox.hidden import hide
from shield.sandbox.models.base import (
    Form,
    Model,
    Output,
    failed_model,
    invalid_model,
    library_missing,
)

_REGRESSION = (
    "regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie",
)  # fmt: skip
_PROBABILITY = ("binary", "cross_entropy", "xentropy")


def load(data: bytes, name: str) -> Model:
    """Load a model; only the text format is accepted."""
    if not data.startswith(b"tree"):
        raise invalid_model(name, "lightgbm", "it does not start with the line `tree`.")
    try:
        # lightgbm imports scikit-learn and pandas when it finds them, which takes seconds.
        hide("sklearn", "pandas", "matplotlib", "graphviz")
        import lightgbm
    except (ImportError, OSError) as error:
        raise library_missing("lightgbm", ImportError(str(error))) from error
    try:
        text = data.decode("utf-8")
        booster = lightgbm.Booster(params={"num_threads": 1, "verbosity": -1}, model_str=text)
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError) as error:
        raise invalid_model(name, "lightgbm", error) from error
    if (
        not re.search(r"^pandas_categorical:(null|\[\])?\s*\Z", text, re.M)
        and "pandas_categorical:" in text
    ):
        raise SandboxFailure(
            "unsupported_model",
            f"{name} was trained on pandas categories, whose codes it looks up in a data frame.",
            "Train it on numbers (one-hot or ordinal codes in the table), or give its predictions instead.",
        )
    found = re.search(r"^objective=(\S+)", text, re.M)
    return _LightGBM(booster, lightgbm.basic.LightGBMError, found.group(1) if found else "")


class _LightGBM:
    """`binary` gives the probability of class 1, `multiclass` one a class, regression a number."""

    def __init__(self, booster: object, error: type[Exception], objective: str) -> None:
        self._booster = booster
        self._error = error
        self._objective = objective
        names = tuple(booster.feature_name())  # type: ignore[attr-defined]
        automatic = all(name == f"Column_{position}" for position, name in enumerate(names))
        self.form = self._form()
        self.warnings: list[tuple[str, str]] = []
        count = max(2, int(booster.num_model_per_iteration()))  # type: ignore[attr-defined]
        known = tuple(str(position) for position in range(count))
        self.description = ModelDescription(
            kind="lightgbm",
            features=None if automatic else names,
            width=len(names),
            classes=None if self.form is Form.NUMBER else known,
            outputs=(objective,),
            capabilities=("decisions", "trees")
            if self.form is Form.NUMBER
            else ("decisions", "scores", "trees"),
        )

    def _form(self) -> Form:
        if self._objective in _PROBABILITY:
            return Form.PROBABILITY
        if self._objective in ("multiclass", "softmax", "multiclassova"):
            return Form.PROBABILITIES
        if self._objective in _REGRESSION:
            return Form.NUMBER
        raise SandboxFailure(
            "unsupported_model",
            f"The LightGBM objective {self._objective!r} is neither classification nor regression.",
            "Give its predictions instead (kind: predictions).",
        )

    def predict(self, batch: FeatureBatch) -> Output:
        try:
            answer = self._booster.predict(batch.matrix(np.float64), num_threads=1)  # type: ignore[attr-defined]
        except self._error as error:
            raise failed_model(error) from error
        scores = np.asarray(answer, dtype=np.float64).reshape(batch.rows, -1)
        decision = scores.argmax(axis=1) if self.form is Form.PROBABILITIES else None
        return Output(decision, scores)

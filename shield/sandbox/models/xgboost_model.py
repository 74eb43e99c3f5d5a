"""XGBoost models in their own formats (JSON, UBJ), run by xgboost."""

from __future__ import annotations

import json

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

_PROBABILITY = ("binary:logistic", "reg:logistic")
_REGRESSION = ("reg:", "count:", "survival:")


def load(data: bytes, name: str) -> Model:
    """Load a model; only the native formats are accepted."""
    if not data.lstrip()[:1] == b"{":
        raise invalid_model(name, "xgboost", "it is neither JSON nor UBJ.")
    try:
        # xgboost imports scikit-learn and pandas when it finds them, which takes seconds.
        hide("sklearn", "pandas")
        import xgboost
    except (ImportError, OSError) as error:
        raise library_missing("xgboost", ImportError(str(error))) from error
    booster = xgboost.Booster({"nthread": 1})
    try:
        booster.load_model(bytearray(data))
        booster.set_param({"nthread": 1, "device": "cpu"})
        config = json.loads(booster.save_config())
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise invalid_model(name, "xgboost", error) from error
    return _XGBoost(xgboost, booster, config)


class _XGBoost:
    """`binary:*` gives the probability of class 1, `multi:*` one a class, `reg:*` a number."""

    def __init__(self, xgboost: object, booster: object, config: dict) -> None:
        self._xgboost = xgboost
        self._booster = booster
        learner = config["learner"]
        self._objective = str(learner["objective"]["name"])
        self._trees = learner["gradient_booster"]["name"] != "gblinear"
        count = int(learner["learner_model_param"]["num_class"])
        self._classes = max(count, 2)
        self._refuse_categorical()
        names = booster.feature_names  # type: ignore[attr-defined]
        self.warnings: list[tuple[str, str]] = []
        self.form = self._form()
        known = tuple(str(position) for position in range(self._classes))
        self.description = ModelDescription(
            kind="xgboost",
            features=tuple(names) if names else None,
            width=int(booster.num_features()),  # type: ignore[attr-defined]
            classes=None if self.form is Form.NUMBER else known,
            outputs=(self._objective,),
            capabilities=self._capabilities(),
        )

    def _capabilities(self) -> tuple[str, ...]:
        scores = self.form in (Form.PROBABILITY, Form.PROBABILITIES)
        return ("decisions", *(("scores",) if scores else ()), *(("trees",) if self._trees else ()))

    def _refuse_categorical(self) -> None:
        types = self._booster.feature_types or []  # type: ignore[attr-defined]
        if "c" in types:
            raise SandboxFailure(
                "unsupported_model",
                "The XGBoost model has categorical features, whose codes are not kept in its file.",
                "Train it on one-hot columns, or give its predictions instead (kind: predictions).",
            )

    def _form(self) -> Form:
        objective = self._objective
        if objective in _PROBABILITY or objective == "binary:logitraw":
            return Form.PROBABILITY
        if objective == "multi:softprob":
            return Form.PROBABILITIES
        if objective in ("multi:softmax", "binary:hinge"):
            return Form.NONE
        if objective.startswith(_REGRESSION):
            return Form.NUMBER
        raise SandboxFailure(
            "unsupported_model",
            f"The XGBoost objective {objective!r} is neither classification nor regression.",
            "Give its predictions instead (kind: predictions).",
        )

    def predict(self, batch: FeatureBatch) -> Output:
        matrix = self._xgboost.DMatrix(batch.matrix(np.float32), nthread=1)  # type: ignore[attr-defined]
        try:
            answer = self._booster.predict(matrix, validate_features=False)  # type: ignore[attr-defined]
        except self._xgboost.core.XGBoostError as error:  # type: ignore[attr-defined]
            raise failed_model(error) from error
        values = np.asarray(answer, dtype=np.float64)
        if self.form is Form.NONE:
            return Output(values.reshape(batch.rows).astype(np.int64), None)
        if self._objective == "binary:logitraw":
            values = 1.0 / (1.0 + np.exp(-values))
        scores = values.reshape(batch.rows, -1)
        decision = scores.argmax(axis=1) if self.form is Form.PROBABILITIES else None
        return Output(decision, scores)

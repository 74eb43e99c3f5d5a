"""scikit-learn models in skops' format: only types that this file lists are built."""

from __future__ import annotations

import warnings as python_warnings
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shield.sandbox.contract import ModelDescription, SandboxFailure
from shield.sandbox.features import FeatureBatch
from shield.sandbox.hidden import hide
from shield.sandbox.labels import clean_text, label_text
from shield.sandbox.models.base import (
    Form,
    Model,
    Output,
    failed_model,
    invalid_model,
    library_missing,
)

if TYPE_CHECKING:
    import pandas

TRUSTED = (
    "numpy.dtype",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Matern",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)
"""What scikit-learn's estimators consist of (private types; the dtype that `SimpleImputer` keeps)
beyond skops' own list of public scikit-learn, NumPy and SciPy types. None of them calls a function
that the file names."""


def load(data: bytes, name: str) -> Model:
    """Load a model after looking at every type in it; a foreign type is refused by its name."""
    if not data.startswith(b"PK\x03\x04"):
        raise invalid_model(name, "skops", "it is not a skops archive.")
    # scikit-learn and SciPy import torch and matplotlib when they find them, which takes seconds.
    hide("torch", "matplotlib")
    python_warnings.simplefilter("ignore")
    try:
        import skops.io
    except ImportError as error:
        raise library_missing("skops", error) from error
    try:
        foreign = sorted(set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED))
        estimator: Any = None if foreign else skops.io.loads(data, trusted=list(TRUSTED))
    except MemoryError:
        raise
    except Exception as error:
        raise invalid_model(name, "skops", f"{type(error).__name__}: {error}") from error
    if foreign:
        raise _untrusted(name, foreign)
    if not hasattr(estimator, "predict"):
        raise invalid_model(name, "skops", f"a {type(estimator).__name__} cannot predict.")
    return _Estimator(estimator)


def _untrusted(name: str, foreign: list[str]) -> SandboxFailure:
    listed = ", ".join(clean_text(type_, 120) for type_ in foreign[:20])
    return SandboxFailure(
        "untrusted_types",
        f"{name} holds {len(foreign)} type(s) beyond scikit-learn, NumPy and SciPy: {listed}.",
        "Replace custom transformers and functions by scikit-learn's own, or export to ONNX.",
    )


class _Fitted(Protocol):
    def predict(self, rows: object) -> ArrayLike: ...
    def predict_proba(self, rows: object) -> ArrayLike: ...


class _Estimator:
    """A fitted estimator; probabilities where it has `predict_proba`."""

    def __init__(self, estimator: _Fitted) -> None:
        self._estimator = estimator
        self.warnings: list[tuple[str, str]] = []
        names = getattr(estimator, "feature_names_in_", None)
        width = getattr(estimator, "n_features_in_", None)
        classes = getattr(estimator, "classes_", None)
        self._scores = hasattr(estimator, "predict_proba")
        self.form = (
            Form.NUMBER if classes is None else Form.PROBABILITIES if self._scores else Form.NONE
        )
        if classes is not None and not self._scores:
            message = "The model has no predict_proba: it gives classes only, and no scores."
            self.warnings.append(("no_scores", message))
        self.description = ModelDescription(
            kind="skops",
            features=None if names is None else tuple(str(name) for name in names),
            width=None if width is None else int(width),
            classes=None
            if classes is None
            else tuple(label_text(label) for label in np.asarray(classes).tolist()),
            outputs=(type(estimator).__name__,),
            capabilities=("decisions", "scores") if self._scores else ("decisions",),
        )

    def predict(self, batch: FeatureBatch) -> Output:
        try:
            rows = self._rows(batch)
            decision = np.asarray(self._estimator.predict(rows))
            scores = np.asarray(self._estimator.predict_proba(rows)) if self._scores else None
        except (SandboxFailure, MemoryError):
            raise
        except Exception as error:
            raise failed_model(f"{type(error).__name__}: {error}") from error
        if self.form is Form.NUMBER:
            return Output(None, decision.astype(np.float64).reshape(batch.rows, -1))
        if scores is not None:
            scores = scores.astype(np.float64).reshape(batch.rows, -1)
        return Output(decision.reshape(batch.rows), scores)

    def _rows(self, batch: FeatureBatch) -> NDArray | pandas.DataFrame:
        """A data frame for a model that knows names, else a matrix (of objects when there is text)."""
        if self.description.features is not None:
            import pandas

            columns = {
                name: batch.column(position).to_pandas()
                for position, name in enumerate(batch.selection.names)
            }
            return pandas.DataFrame(columns)
        if not batch.has_text():
            return batch.matrix(np.float64)
        width = len(batch.selection.columns)
        rows = np.empty((batch.rows, width), dtype=object)
        for position in range(width):
            rows[:, position] = batch.column(position).to_pylist()
        return rows

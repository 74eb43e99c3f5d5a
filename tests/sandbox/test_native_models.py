"""XGBoost, LightGBM and skops models against the library's own answers, and what is refused."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from shield.sandbox.client import ModelSource, describe
from tests.sandbox.support import failure, prepared, warnings_of, write

RNG = np.random.default_rng(1)
ROWS = RNG.normal(size=(200, 3)).round(3)
BINARY = (ROWS[:, 0] + ROWS[:, 1] > 0).astype(int)
THREE = np.digitize(ROWS[:, 0], [-0.5, 0.5])
FRAME = pd.DataFrame(ROWS, columns=["pay rate", "age", "debt"])


def table(folder: Path) -> Path:
    path = folder / "test.csv"
    FRAME.assign(y=BINARY).to_csv(path, index=False)
    return path


def scored(folder: Path, model: ModelSource):
    return prepared(table(folder), folder / "out", "y", model=model, target="y")


def scores(got) -> np.ndarray:
    names = sorted(name for name in got.schema.names if name.startswith("model:score:"))
    return np.column_stack([got.column(name) for name in names])


def form(folder: Path) -> str:
    return json.loads((folder / "out" / "prepared.json").read_text())["form"]


def boosted(objective: str, target: np.ndarray, names: bool = True, **more) -> xgboost.Booster:
    columns = list(FRAME.columns) if names else None
    data = xgboost.DMatrix(ROWS, target, feature_names=columns)
    return xgboost.train({"objective": objective, "nthread": 1, "max_depth": 3, **more}, data, 5)


@pytest.mark.parametrize("ending", ["json", "ubj"])
def test_xgboost_binary_in_both_formats(tmp_path: Path, ending: str) -> None:
    booster = boosted("binary:logistic", BINARY)
    booster.save_model(tmp_path / f"model.{ending}")
    got = scored(tmp_path, ModelSource("xgboost", tmp_path / f"model.{ending}"))
    expected = booster.predict(xgboost.DMatrix(ROWS, feature_names=list(FRAME.columns)))
    np.testing.assert_allclose(scores(got)[:, 0], expected, atol=1e-6)
    assert form(tmp_path) == "probability"
    assert warnings_of(got) == ""


def test_xgboost_without_names_takes_the_columns_in_order(tmp_path: Path) -> None:
    booster = boosted("multi:softprob", THREE, names=False, num_class=3)
    booster.save_model(tmp_path / "model.json")
    got = scored(tmp_path, ModelSource("xgboost", tmp_path / "model.json"))
    np.testing.assert_allclose(scores(got), booster.predict(xgboost.DMatrix(ROWS)), atol=1e-6)
    assert warnings_of(got) == "features_by_position"
    assert got.column("model:decision").to_pylist() == scores(got).argmax(axis=1).tolist()


def test_xgboost_margins_become_probabilities_and_classes_stay_classes(tmp_path: Path) -> None:
    logits = boosted("binary:logitraw", BINARY)
    logits.save_model(tmp_path / "model.json")
    got = scored(tmp_path, ModelSource("xgboost", tmp_path / "model.json"))
    margin = logits.predict(xgboost.DMatrix(ROWS, feature_names=list(FRAME.columns)))
    np.testing.assert_allclose(scores(got)[:, 0], 1 / (1 + np.exp(-margin)), atol=1e-6)
    boosted("multi:softmax", THREE, num_class=3).save_model(tmp_path / "model.json")
    got = scored(tmp_path, ModelSource("xgboost", tmp_path / "model.json"))
    assert set(got.column("model:decision").to_pylist()) == {0, 1, 2}
    assert form(tmp_path) == "none"


def test_xgboost_regression_and_ranking(tmp_path: Path) -> None:
    boosted("reg:squarederror", ROWS[:, 2]).save_model(tmp_path / "model.json")
    scored(tmp_path, ModelSource("xgboost", tmp_path / "model.json"))
    assert form(tmp_path) == "number"
    boosted("rank:pairwise", BINARY).save_model(tmp_path / "model.json")
    error = failure(describe, {}, model=ModelSource("xgboost", tmp_path / "model.json"))
    assert error.code == "unsupported_model"
    assert "rank:pairwise" in error.message


@pytest.mark.parametrize("data", [b'{"learner": 1}', b"{", b"{L\x00", b"tree\n", b"\x00" * 50])
def test_what_is_not_xgboost_is_malformed(tmp_path: Path, data: bytes) -> None:
    source = ModelSource("xgboost", write(tmp_path, data, "model.json"))
    error = failure(describe, {}, model=source)
    assert error.code in {"malformed_model", "crashed"}


def light(objective: str, target: np.ndarray, **more) -> lightgbm.Booster:
    parameters = {"objective": objective, "verbosity": -1, "num_threads": 1, **more}
    return lightgbm.train(parameters, lightgbm.Dataset(FRAME, target), 5)


@pytest.mark.parametrize(
    ("objective", "target", "more", "expected_form"),
    [
        ("binary", BINARY, {}, "probability"),
        ("multiclass", THREE, {"num_class": 3}, "probabilities"),
        ("regression", ROWS[:, 2], {}, "number"),
    ],
)
def test_lightgbm_gives_the_librarys_answers(
    tmp_path: Path, objective: str, target: np.ndarray, more: dict, expected_form: str
) -> None:
    """LightGBM writes "pay rate" as "pay_rate": the column is found all the same."""
    booster = light(objective, target, **more)
    booster.save_model(tmp_path / "model.txt")
    got = scored(tmp_path, ModelSource("lightgbm", tmp_path / "model.txt"))
    expected = booster.predict(ROWS).reshape(len(ROWS), -1)
    np.testing.assert_allclose(scores(got), expected, atol=1e-9)
    assert form(tmp_path) == expected_form
    assert warnings_of(got) == ""


def test_lightgbm_with_pandas_categories_is_refused_not_misread(tmp_path: Path) -> None:
    frame = FRAME.assign(region=pd.Categorical(np.arange(200) % 3 + 5))
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    lightgbm.train(parameters, lightgbm.Dataset(frame, BINARY), 5).save_model(
        tmp_path / "model.txt"
    )
    error = failure(describe, {}, model=ModelSource("lightgbm", tmp_path / "model.txt"))
    assert error.code == "unsupported_model"
    assert "categories" in error.message


@pytest.mark.parametrize("data", [b"tree\nnonsense", b"tree", b"{}", b"tree\n\xff\xfe"])
def test_what_is_not_lightgbm_is_malformed(tmp_path: Path, data: bytes) -> None:
    source = ModelSource("lightgbm", write(tmp_path, data, "model.txt"))
    assert failure(describe, {}, model=source).code in {"malformed_model", "crashed"}


def save(estimator, folder: Path) -> ModelSource:
    path = folder / "model.skops"
    skops.io.dump(estimator, path)
    return ModelSource("skops", path)


@pytest.mark.parametrize(
    ("estimator", "labels"),
    [
        (LogisticRegression(), np.array(["no", "yes"])[BINARY]),
        (LogisticRegression(), THREE),
        (make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)), BINARY),
        (HistGradientBoostingClassifier(max_iter=5), THREE),
    ],
    ids=["text labels", "three classes", "forest", "boosting"],
)
def test_skops_gives_the_estimators_answers(tmp_path: Path, estimator, labels: np.ndarray) -> None:
    estimator.fit(FRAME, labels)
    got = scored(tmp_path, save(estimator, tmp_path))
    np.testing.assert_allclose(scores(got), estimator.predict_proba(FRAME), atol=1e-9)
    assert got.column("model:decision").to_pylist() == estimator.predict(FRAME).tolist()


def test_skops_with_text_columns_gets_a_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame({"job": ["a", "b"] * 50, "pay": RNG.normal(size=100).round(3)})
    encode = ColumnTransformer([("job", OneHotEncoder(), ["job"])], remainder="passthrough")
    pipeline = make_pipeline(encode, LogisticRegression()).fit(frame, frame["pay"] > 0)
    frame.to_csv(tmp_path / "test.csv", index=False)
    got = prepared(tmp_path / "test.csv", tmp_path / "out", "job", model=save(pipeline, tmp_path))
    np.testing.assert_allclose(scores(got), pipeline.predict_proba(frame), atol=1e-9)


def test_skops_takes_the_everyday_pipeline_with_imputed_numbers(tmp_path: Path) -> None:
    pipeline = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
    got = scored(tmp_path, save(pipeline.fit(FRAME, BINARY), tmp_path))
    np.testing.assert_allclose(scores(got), pipeline.predict_proba(FRAME), atol=1e-9)


def test_skops_without_probabilities_gives_classes_and_a_warning(tmp_path: Path) -> None:
    got = scored(tmp_path, save(RidgeClassifier().fit(FRAME, BINARY), tmp_path))
    assert warnings_of(got) == "no_scores"
    assert form(tmp_path) == "none"


def test_skops_regression_gives_numbers(tmp_path: Path) -> None:
    estimator = LinearRegression().fit(FRAME, ROWS[:, 0] * 2)
    got = scored(tmp_path, save(estimator, tmp_path))
    np.testing.assert_allclose(scores(got)[:, 0], ROWS[:, 0] * 2, atol=1e-9)


def foreign(rows):
    return rows


def test_skops_names_the_types_that_it_does_not_trust(tmp_path: Path) -> None:
    pipeline = make_pipeline(FunctionTransformer(foreign), LogisticRegression()).fit(FRAME, BINARY)
    error = failure(describe, {}, model=save(pipeline, tmp_path))
    assert error.code == "untrusted_types"
    assert "test_native_models.foreign" in error.message


def test_skops_does_not_call_what_the_file_names(tmp_path: Path) -> None:
    import os

    pipeline = make_pipeline(FunctionTransformer(os.system), LogisticRegression())
    error = failure(describe, {}, model=save(pipeline, tmp_path))
    assert error.code == "untrusted_types"
    assert "system" in error.message


def test_an_estimator_that_fails_on_the_data_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "pay rate,age,debt,y\n1,2,3,0\n,5,6,1\n")
    model = save(LogisticRegression().fit(FRAME, BINARY), tmp_path)
    with warnings.catch_warnings():
        error = failure(prepared, path, tmp_path / "out", "y", model=model, target="y")
    assert error.code == "model_failed"
    assert "NaN" in error.message

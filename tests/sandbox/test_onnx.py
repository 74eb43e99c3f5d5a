"""ONNX models: which columns they get, what their outputs mean, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from shield.sandbox.client import ModelSource, TableSource, describe
from tests.sandbox.support import (
    failure,
    linear_onnx,
    named_onnx,
    numbers_csv,
    onnx_bytes,
    prepared,
    warnings_of,
    write,
)


def model(folder: Path, data: bytes) -> ModelSource:
    return ModelSource("onnx", write(folder, data, "model.onnx"))


def facts(scratch: Path) -> dict:
    return json.loads((scratch / "prepared.json").read_text())


def test_one_tensor_takes_the_columns_in_file_order(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,y\n1,2,0\n3,4,1\n")
    got = prepared(
        path,
        tmp_path / "out",
        "y",
        model=model(tmp_path, linear_onnx([1, 10], sigmoid=False)),
        target="y",
    )
    assert got.column("model:score:0").to_pylist() == [21, 43]
    assert warnings_of(got) == "features_by_position"
    assert facts(tmp_path / "out") == {
        "kind": "onnx", "form": "number", "classes": None, "features": ["a", "b"],
    }  # fmt: skip


def test_sensitive_columns_are_left_out_when_the_count_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "sex,a,race,b,y\n1,1,w,2,0\n2,3,b,4,1\n")
    got = prepared(
        path, tmp_path / "out", "sex", "race", "y",
        model=model(tmp_path, linear_onnx([1, 10], sigmoid=False)), target="y", sensitive=("sex", "race"),
    )  # fmt: skip
    assert got.column("model:score:0").to_pylist() == [21, 43]


def test_metadata_names_win_over_positions(tmp_path: Path) -> None:
    path = write(tmp_path, "extra,b,a,y\n9,2,1,0\n9,4,3,1\n")
    data = linear_onnx([1, 10], sigmoid=False, metadata={"feature_names": '["a", "b"]'})
    got = prepared(path, tmp_path / "out", "y", model=model(tmp_path, data), target="y")
    assert got.column("model:score:0").to_pylist() == [21, 43]
    assert warnings_of(got) == ""


def test_a_count_that_fits_nothing_is_never_guessed(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,c,y\n1,2,3,0\n")
    error = failure(
        prepared,
        path,
        tmp_path / "out",
        "y",
        model=model(tmp_path, linear_onnx([1, 1])),
        target="y",
    )
    assert error.code == "feature_count"
    assert "takes 2 inputs" in error.message
    assert "3 columns" in error.message
    assert "feature_names" in error.hint


def test_metadata_that_contradicts_the_input_is_refused(tmp_path: Path) -> None:
    data = linear_onnx([1, 1], metadata={"feature_names": "a,b,c"})
    error = failure(
        prepared, numbers_csv(tmp_path), tmp_path / "out", "y", model=model(tmp_path, data)
    )
    assert error.code == "model_input_mismatch"


def test_named_inputs_are_found_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, "b,y,a\n0.5,0,0.5\n-1,1,1\n")
    got = prepared(
        path, tmp_path / "out", "y", model=model(tmp_path, named_onnx(["a", "b"])), target="y"
    )
    assert got.column("model:score:0").to_pylist() == pytest.approx([1 / (1 + np.exp(-1)), 0.5])


def test_an_input_that_the_table_lacks_is_named(tmp_path: Path) -> None:
    error = failure(
        prepared, numbers_csv(tmp_path), tmp_path / "out", "y",
        model=model(tmp_path, named_onnx(["x0", "income"])),
    )  # fmt: skip
    assert error.code == "model_input_missing"
    assert "'income'" in error.message


def test_a_graph_whose_node_reads_what_nobody_gives_is_malformed(tmp_path: Path) -> None:
    data = onnx_bytes(
        [helper.make_node("Add", ["x", "ghost"], ["y"])],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])],
    )
    error = failure(
        prepared, numbers_csv(tmp_path), tmp_path / "out", "y", model=model(tmp_path, data)
    )
    assert error.code == "malformed_model"
    assert "model.onnx" in error.message


@pytest.mark.parametrize("data", [b"noise" * 100, bytes(1000), b"\x08\x08"])
def test_what_is_not_onnx_is_malformed(tmp_path: Path, data: bytes) -> None:
    error = failure(describe, {}, model=model(tmp_path, data))
    assert error.code == "malformed_model"


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    assert failure(describe, {}, model=model(tmp_path, b"")).code == "model_empty"


@pytest.mark.parametrize("location", ["weights.bin", "../../../etc/passwd", "/etc/passwd"])
def test_weights_in_another_file_are_refused(tmp_path: Path, location: str) -> None:
    data = onnx.load_model_from_string(linear_onnx([1.0, 1.0]))
    tensor = data.graph.initializer[0]
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "8")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    error = failure(describe, {}, model=model(tmp_path, data.SerializeToString()))
    assert error.code == "model_external_data"


def test_external_weights_inside_a_subgraph_are_refused(tmp_path: Path) -> None:
    inner = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    inner.ClearField("float_data")
    inner.data_location = TensorProto.EXTERNAL
    entry = inner.external_data.add()
    entry.key, entry.value = "location", "w.bin"
    value = helper.make_tensor_value_info("v", TensorProto.FLOAT, [1])
    branch = helper.make_graph(
        [helper.make_node("Identity", ["w"], ["v"])], "b", [], [value], [inner]
    )
    data = onnx_bytes(
        [helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)],
        [helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
    )
    assert failure(describe, {}, model=model(tmp_path, data)).code == "model_external_data"


def fitted(labels: list) -> tuple[LogisticRegression, np.ndarray]:
    rows = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    chosen = np.array(labels)[np.digitize(rows[:, 0], np.linspace(-0.5, 0.5, len(labels) - 1))]
    return LogisticRegression().fit(rows, chosen), rows


@pytest.mark.parametrize("labels", [[0, 1], ["no", "yes"], [3, 5, 9], ["a", "b", "c"]])
@pytest.mark.parametrize("zipmap", [True, False])
def test_classifiers_of_scikit_learn_keep_classes_and_probabilities(
    tmp_path: Path, labels: list, zipmap: bool
) -> None:
    from skl2onnx import to_onnx

    estimator, rows = fitted(labels)
    data = to_onnx(estimator, rows[:1], options={"zipmap": zipmap}).SerializeToString()
    path = write(tmp_path, "a,b,c\n" + "\n".join(",".join(map(str, row)) for row in rows.tolist()))
    got = prepared(path, tmp_path / "out", "a", model=model(tmp_path, data))
    assert facts(tmp_path / "out")["classes"] == [str(label) for label in labels]
    assert facts(tmp_path / "out")["form"] == "probabilities"
    scores = np.column_stack([got.column(f"model:score:{k}") for k in range(len(labels))])
    np.testing.assert_allclose(scores, estimator.predict_proba(rows), atol=1e-5)
    assert got.column("model:decision").to_pylist() == estimator.predict(rows).tolist()


def test_a_pipeline_with_text_columns_gets_them_by_name(tmp_path: Path) -> None:
    import pandas as pd
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    frame = pd.DataFrame({"job": ["a", "b", "c"] * 20, "pay": np.arange(60.0)})
    encode = ColumnTransformer([("job", OneHotEncoder(), ["job"])], remainder="passthrough")
    pipeline = make_pipeline(encode, LogisticRegression(max_iter=2000))
    pipeline.fit(frame, frame["pay"] + 20 * (frame["job"] == "b") > 30)
    inputs = [("job", StringTensorType([None, 1])), ("pay", FloatTensorType([None, 1]))]
    data = to_onnx(pipeline, initial_types=inputs, options={"zipmap": False}).SerializeToString()
    path = tmp_path / "test.csv"
    frame.assign(other=1)[["other", "pay", "job"]].to_csv(path, index=False)
    got = prepared(path, tmp_path / "out", "job", model=model(tmp_path, data))
    np.testing.assert_allclose(
        got.column("model:score:1"), pipeline.predict_proba(frame)[:, 1], atol=1e-4
    )


def test_text_where_numbers_are_needed_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,y\n1,x,0\n2,z,1\n")
    error = failure(
        prepared,
        path,
        tmp_path / "out",
        "y",
        model=model(tmp_path, linear_onnx([1, 1])),
        target="y",
    )
    assert error.code == "feature_not_numeric"
    assert "'b'" in error.message


def test_missing_inputs_that_make_the_score_nan_are_named_by_row(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,y\n1,1,0\n2,,1\n,3,1\n")
    error = failure(
        prepared,
        path,
        tmp_path / "out",
        "y",
        model=model(tmp_path, linear_onnx([1, 1])),
        target="y",
    )
    assert error.code == "score_not_finite"
    assert "data row 2, 3" in error.message


def test_an_infinite_score_far_down_is_named_by_its_row(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n" + "1,1\n" * 70_000 + "1e308,1\n")
    data = linear_onnx([1, 1], sigmoid=False)
    error = failure(prepared, path, tmp_path / "out", "a", model=model(tmp_path, data))
    assert error.code == "score_not_finite"
    assert "data row 70,001" in error.message


def test_probabilities_outside_the_unit_interval_are_refused(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Identity", ["x"], ["probabilities"]),
        helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0),
    ]
    data = onnx_bytes(
        nodes,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2]),
        ],
    )
    path = write(tmp_path, "a,b\n0.5,0.5\n-3,4\n")
    error = failure(prepared, path, tmp_path / "out", "a", model=model(tmp_path, data))
    assert error.code == "score_outside_unit"
    assert "data row 2" in error.message


def test_an_output_of_another_length_is_refused(tmp_path: Path) -> None:
    data = onnx_bytes(
        [helper.make_node("ReduceMean", ["x"], ["y"], axes=[0], keepdims=1)],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
    )
    path = write(tmp_path, "a,y\n1,0\n2,1\n3,1\n")
    error = failure(prepared, path, tmp_path / "out", "y", model=model(tmp_path, data), target="y")
    assert error.code == "model_output_length"
    assert "1 score values for 3 rows" in error.message


def test_a_model_with_a_fixed_number_of_rows_is_called_in_parts(tmp_path: Path) -> None:
    data = linear_onnx([1, 1, 1], sigmoid=False, rows=8)
    path = numbers_csv(tmp_path, rows=30, target=False)
    got = prepared(path, tmp_path / "out", "x0", "x1", "x2", model=model(tmp_path, data))
    expected = sum(np.array(got.column(f"data:x{number}")) for number in range(3))
    np.testing.assert_allclose(got.column("model:score:0"), expected, atol=1e-5)


def test_batches_join_without_a_seam(tmp_path: Path) -> None:
    path = numbers_csv(tmp_path, rows=140_000, columns=2)
    got = prepared(
        path, tmp_path / "out", "x0", "x1",
        model=model(tmp_path, linear_onnx([1, 2], sigmoid=False)), target="y",
    )  # fmt: skip
    expected = np.array(got.column("data:x0")) + 2 * np.array(got.column("data:x1"))
    np.testing.assert_allclose(got.column("model:score:0"), expected, atol=1e-4)


def test_the_target_as_an_input_is_warned_of(tmp_path: Path) -> None:
    path = numbers_csv(tmp_path)
    got = prepared(
        path, tmp_path / "out", "y", model=model(tmp_path, named_onnx(["x0", "y"])), target="y"
    )
    assert warnings_of(got) == "outcome_is_feature"


def test_a_description_names_inputs_outputs_and_classes(tmp_path: Path) -> None:
    from skl2onnx import to_onnx

    estimator, rows = fitted(["no", "yes"])
    data = to_onnx(estimator, rows[:1], options={"zipmap": False}).SerializeToString()
    table = {"test": TableSource(numbers_csv(tmp_path), "csv")}
    found = describe(table, model=model(tmp_path, data)).model
    assert found is not None
    assert (found.features, found.width, found.classes) == (None, 3, ("no", "yes"))
    assert found.outputs == ("label", "probabilities")
    assert found.capabilities == ("decisions", "scores")

"""What people hand in that cannot be used: each case writes a folder and says what must be answered.

`words` must all be in what is printed on standard error: where it is, and what to do next.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from tests.support.assessing import manifest

GOOD_ROWS = ["race,sex,approve,decision,probability"] + [
    f"{'white' if i % 3 else 'black'},{'m' if i % 2 else 'f'},{i % 2},{(i // 2) % 2},{(i % 97) / 97}"
    for i in range(600)
]
DATA = {
    "test": {"path": "test.csv"},
    "target": "approve",
    "favourable": 1,
    "prediction": "decision",
    "sensitive": ["race", "sex"],
}


@dataclass(frozen=True)
class Case:
    """A folder that cannot be assessed, and the words of the answer."""

    name: str
    build: Callable[[Path], Path]
    words: tuple[str, ...]


CASES: list[Case] = []


def case(*words: str) -> Callable[[Callable[[Path], Path]], Callable[[Path], Path]]:
    """Register a builder under its own name."""

    def register(build: Callable[[Path], Path]) -> Callable[[Path], Path]:
        CASES.append(Case(build.__name__, build, words))
        return build

    return register


def good(folder: Path, **data: object) -> Path:
    """A folder that can be assessed; each case breaks one thing of it."""
    (folder / "test.csv").write_text("\n".join(GOOD_ROWS) + "\n")
    return manifest(folder, data={**DATA, **data})


def with_table(folder: Path, content: bytes, **data: object) -> Path:
    """The good manifest with another table."""
    path = good(folder, **data)
    (folder / "test.csv").write_bytes(content)
    return path


def _edited(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


# The manifest


@case("shield.yaml:", "YAML")
def malformed_yaml(folder: Path) -> Path:
    return _edited(good(folder), "service:", "service: [unclosed")


@case("shield.yaml:", "indent with spaces")
def tab_instead_of_spaces(folder: Path) -> Path:
    return _edited(good(folder), "  id: credit", "\tid: credit")


@case("shield.yaml:", "sensitve", "sensitive")
def unknown_key(folder: Path) -> Path:
    return _edited(good(folder), "sensitive:", "sensitve:")


@case("shield.yaml:", "id")
def key_given_twice(folder: Path) -> Path:
    return _edited(good(folder), "  id: credit\n", "  id: credit\n  id: other\n")


@case("shield.yaml")
def empty_manifest(folder: Path) -> Path:
    path = good(folder)
    path.write_text("")
    return path


@case("shield.yaml")
def manifest_that_is_not_text(folder: Path) -> Path:
    path = good(folder)
    path.write_bytes(b"\x00\xff\xfe" * 100)
    return path


@case("shield.yaml:", "alias")
def yaml_bomb(folder: Path) -> Path:
    """Nine levels of nine aliases: 10⁹ strings if somebody expanded them."""
    path = good(folder)
    lines = ['a0: &a0 ["x"]'] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)
    ]
    path.write_text("\n".join(lines))
    return path


@case("shield.yaml:", "age")
def missing_column(folder: Path) -> Path:
    return good(folder, sensitive=["race", "age"])


@case("shield.yaml:", "favourable")
def favourable_label_that_does_not_occur(folder: Path) -> Path:
    return good(folder, favourable="granted")


@case("shield.yaml:", "other.csv")
def missing_file(folder: Path) -> Path:
    return good(folder, test={"path": "other.csv"})


@case("shield.yaml:", "folder")
def path_that_leaves_the_folder(folder: Path) -> Path:
    (folder.parent / "outside.csv").write_text("\n".join(GOOD_ROWS))
    return good(folder, test={"path": "../outside.csv"})


@case("shield.yaml:", "folder")
def link_that_leaves_the_folder(folder: Path) -> Path:
    (folder.parent / "outside.csv").write_text("\n".join(GOOD_ROWS))
    path = good(folder, test={"path": "link.csv"})
    (folder / "link.csv").symlink_to("../outside.csv")
    return path


# The table


@case("test.csv", "empty")
def empty_file(folder: Path) -> Path:
    return with_table(folder, b"")


@case("test.csv", "row")
def header_without_rows(folder: Path) -> Path:
    return with_table(folder, GOOD_ROWS[0].encode() + b"\n")


@case("test.csv", "UTF-8")
def latin_1_text(folder: Path) -> Path:
    rows = "\n".join(GOOD_ROWS).replace("black", "Café").encode("latin-1")
    return with_table(folder, rows)


@case("test.csv", "UTF-8")
def utf_16_text(folder: Path) -> Path:
    return with_table(folder, "\n".join(GOOD_ROWS).encode("utf-16"))


@case("test.csv")
def rows_of_different_lengths(folder: Path) -> Path:
    return with_table(folder, "\n".join([*GOOD_ROWS, "white,m,1"]).encode())


@case("test.csv", "race", "name of its own")
def column_name_given_twice(folder: Path) -> Path:
    return with_table(folder, "\n".join(GOOD_ROWS).replace("sex", "race", 1).encode())


@case("test.csv", "line")
def line_of_200_mib(folder: Path) -> Path:
    path = good(folder)
    with (folder / "test.csv").open("ab") as table:
        for _ in range(200):
            table.write(b"x" * 1024 * 1024)
    return path


@case("test.csv")
def binary_noise_as_csv(folder: Path) -> Path:
    return with_table(folder, np.random.default_rng(0).bytes(200_000))


@case("test.parquet")
def parquet_that_is_cut_off(folder: Path) -> Path:
    path = good(folder, test={"path": "test.parquet"})
    pa.parquet.write_table(pa.table({"race": ["a"] * 500}), folder / "test.parquet")
    whole = (folder / "test.parquet").read_bytes()
    (folder / "test.parquet").write_bytes(whole[: len(whole) // 2])
    return path


@case("test.parquet", "rows", "sample")
def parquet_bomb(folder: Path) -> Path:
    """Half a megabyte on disk, 51 million rows when unfolded."""
    path = good(folder, test={"path": "test.parquet"})
    column = pa.nulls(51_000_000, pa.int8())
    names = ("race", "sex", "approve", "decision", "probability")
    pa.parquet.write_table(pa.table(dict.fromkeys(names, column)), folder / "test.parquet")
    assert (folder / "test.parquet").stat().st_size < 1_000_000
    return path


# The model


def _model(folder: Path, kind: str, name: str, content: bytes) -> Path:
    path = good(folder)
    (folder / name).write_bytes(content)
    text = path.read_text().replace("kind: predictions", f"kind: {kind}\n  path: {name}")
    path.write_text(text.replace("  prediction: decision\n", ""))
    return path


def onnx_model(features: list[str]) -> bytes:
    """A linear model in ONNX with one named input per feature."""
    from onnx import TensorProto, helper

    inputs = [helper.make_tensor_value_info(f, TensorProto.FLOAT, [None, 1]) for f in features]
    nodes = [
        helper.make_node("Concat", features, ["x"], axis=1),
        helper.make_node("ReduceSum", ["x", "axes"], ["total"], keepdims=1),
        helper.make_node("Sigmoid", ["total"], ["output"]),
    ]
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [None, 1])
    graph = helper.make_graph(nodes, "linear", inputs, [output], [axes])
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


@case("shield.yaml:", "income")
def onnx_with_an_input_that_the_table_lacks(folder: Path) -> Path:
    return _model(folder, "onnx", "model.onnx", onnx_model(["probability", "income"]))


@case("model.onnx")
def onnx_that_is_noise(folder: Path) -> Path:
    return _model(folder, "onnx", "model.onnx", np.random.default_rng(1).bytes(5000))


@case("model.json")
def xgboost_that_is_another_json(folder: Path) -> Path:
    return _model(folder, "xgboost", "model.json", b'{"learner": 1}')


@case("pickle", "export")
def pickled_model(folder: Path) -> Path:
    import pickle

    return _model(folder, "skops", "model.pkl", pickle.dumps({"a": np.zeros(3)}))


@case("pickle", "export")
def pickled_model_under_another_name(folder: Path) -> Path:
    import pickle

    return _model(folder, "onnx", "model.onnx", pickle.dumps({"a": np.zeros(3)}))


@case("model.skops")
def zip_bomb_as_skops(folder: Path) -> Path:
    """1 GiB of zeros in 5 MB."""
    path = _model(folder, "skops", "model.skops", b"")
    block = bytes(16 * 1024 * 1024)
    with (
        zipfile.ZipFile(
            folder / "model.skops", "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as archive,
        archive.open("schema.json", "w", force_zip64=True) as member,
    ):
        for _ in range(64):
            member.write(block)
    return path


@case("csv")
def zip_archive_as_table(folder: Path) -> Path:
    path = good(folder, test={"path": "test.zip"})
    with zipfile.ZipFile(folder / "test.zip", "w") as archive:
        archive.writestr("test.csv", "\n".join(GOOD_ROWS))
    return path

"""Parquet and Arrow: types become plain, and files that unfold to too much end in a failure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shield.sandbox.client import Limits
from tests.sandbox.support import described, failure, prepared, write

FORMATS = ["parquet", "arrow", "arrow stream"]


def save(table: pa.Table, folder: Path, format: str, **options) -> Path:
    path = folder / f"test.{format.split(maxsplit=1)[0]}"
    if format == "parquet":
        pq.write_table(table, path, **options)
    elif format == "arrow":
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)
    else:
        with pa.ipc.new_stream(str(path), table.schema) as writer:
            writer.write_table(table)
    return path


@pytest.mark.parametrize("format", FORMATS)
def test_every_plain_type_comes_through(tmp_path: Path, format: str) -> None:
    table = pa.table(
        {
            "small": pa.array([1, None], pa.int8()),
            "unsigned": pa.array([1, 2], pa.uint64()),
            "half": pa.array([0.5, 1.5], pa.float32()),
            "decimal": pa.array([Decimal("1.25"), None], pa.decimal128(5, 2)),
            "flag": [True, False],
            "category": pa.array(["x", "y"]).dictionary_encode(),
            "large": pa.array(["x", None], pa.large_string()),
            "view": pa.array(["x", "y"], pa.string()),
            "day": [date(2024, 1, 2), None],
            "nothing": pa.nulls(2),
        }
    )
    names = table.schema.names
    got = prepared(save(table, tmp_path, format), tmp_path / "out", *names)
    values = {name: got.column(f"data:{name}").to_pylist() for name in names}
    assert values == {
        "small": [1, None], "unsigned": [1, 2], "half": [0.5, 1.5], "decimal": [1.25, None],
        "flag": [True, False], "category": ["x", "y"], "large": ["x", None], "view": ["x", "y"],
        "day": ["2024-01-02", None], "nothing": [None, None],
    }  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_rows_and_types_are_described(tmp_path: Path, format: str) -> None:
    table = pa.table({"a": np.arange(200_000), "l": [[1]] * 200_000, "s": ["x"] * 200_000})
    path = save(table, tmp_path, format)
    for profile in ([], ["s"]):
        found = described(path, *profile)
        assert found.rows == 200_000
        types = [(column.name, column.type) for column in found.columns]
        assert types == [("a", "int64"), ("l", "unsupported"), ("s", "string")]


@pytest.mark.parametrize("format", FORMATS)
def test_a_nested_column_may_be_there_but_not_be_used(tmp_path: Path, format: str) -> None:
    path = save(pa.table({"a": [1, 2], "l": [[1], [2]]}), tmp_path, format)
    assert prepared(path, tmp_path / "out", "a").num_rows == 2
    error = failure(prepared, path, tmp_path / "out", "l")
    assert error.code == "column_type_unsupported"
    assert "'l'" in error.message


@pytest.mark.parametrize("format", FORMATS)
def test_columns_come_in_the_order_they_are_asked_for(tmp_path: Path, format: str) -> None:
    path = save(pa.table({"a": [1], "b": ["x"], "c": [2.5]}), tmp_path, format)
    got = prepared(path, tmp_path / "out", "c", "a")
    assert got.to_pydict() == {"data:c": [2.5], "data:a": [1]}


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_is_cut_is_damaged(tmp_path: Path, format: str) -> None:
    path = save(pa.table({"a": np.arange(100_000)}), tmp_path, format)
    whole = path.read_bytes()
    for size in (len(whole) // 2, len(whole) - 1000, 12):
        path.write_bytes(whole[:size])
        assert failure(described, path, "a").code == "malformed_table"


@pytest.mark.parametrize("format", FORMATS)
def test_flipped_bytes_never_kill_the_parent(tmp_path: Path, format: str) -> None:
    rng = np.random.default_rng(5)
    table = pa.table({"a": rng.integers(0, 9, 500), "s": [str(value) for value in range(500)]})
    whole = save(table, tmp_path, format).read_bytes()
    path = tmp_path / f"test.{format.split(maxsplit=1)[0]}"
    for _ in range(4):
        damaged = bytearray(whole)
        for place in rng.integers(8, len(whole), 20):
            damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(bytes(damaged))
        try:
            assert described(path, "a", "s").rows >= 0
        except Exception as error:
            assert getattr(error, "code", None) in {
                "malformed_table", "crashed", "memory_exceeded", "missing_column", "table_empty",
                "column_type_unsupported", "too_many_rows", "duplicate_column", "format_mismatch",
            }  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_no_rows_is_empty(tmp_path: Path, format: str) -> None:
    path = save(pa.table({"a": pa.array([], pa.int64())}), tmp_path, format)
    assert failure(described, path, "a").code == "table_empty"
    assert failure(prepared, path, tmp_path / "out", "a").code == "table_empty"


@pytest.mark.parametrize("format", FORMATS)
def test_names_with_dots_are_plain_names(tmp_path: Path, format: str) -> None:
    table = pa.table({"loan.amount": [1, 2], "loan": ["x", "y"]})
    got = prepared(save(table, tmp_path, format), tmp_path / "out", "loan", "loan.amount")
    assert got.to_pydict() == {"data:loan": ["x", "y"], "data:loan.amount": [1, 2]}


def test_duplicate_names_are_named(tmp_path: Path) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert failure(described, save(table, tmp_path, "parquet")).code == "duplicate_column"


def test_a_parquet_bomb_of_repeated_text_is_refused(tmp_path: Path) -> None:
    """2 MB on disk, 16 GB unfolded: one text of 400 characters, 40 million times."""
    rows = 1_000_000
    one = pa.array(["x" * 400])
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), one)
    path = tmp_path / "test.parquet"
    with pq.ParquetWriter(path, pa.schema([("a", column.type)])) as writer:
        for _ in range(40):
            writer.write_table(pa.table({"a": column}))
    assert path.stat().st_size < 2 << 20
    limits = Limits(unfolded_bytes=200 << 20)
    assert failure(described, path, "a", limits=limits).code == "table_too_large"


def test_a_parquet_bomb_of_rows_is_refused_by_its_count(tmp_path: Path) -> None:
    column = pa.array(np.zeros(10_000_000, np.int8))
    path = tmp_path / "test.parquet"
    with pq.ParquetWriter(path, pa.schema([("a", column.type)])) as writer:
        for _ in range(6):
            writer.write_table(pa.table({"a": column}))
    assert failure(described, path).code == "too_many_rows"


@pytest.mark.parametrize("format", FORMATS)
def test_a_compressed_bomb_of_one_huge_value_runs_into_the_memory_limit(
    tmp_path: Path, format: str
) -> None:
    column = pa.array(["a", "\0" * (900 << 20)])
    path = tmp_path / f"test.{format.split(maxsplit=1)[0]}"
    table = pa.table({"a": column})
    if format == "parquet":
        pq.write_table(
            table, path, compression="zstd", use_dictionary=False, write_statistics=False
        )
    else:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        new = pa.ipc.new_stream if "stream" in format else pa.ipc.new_file
        with new(str(path), table.schema, options=options) as writer:
            writer.write_table(table)
    del column, table
    assert path.stat().st_size < 1 << 20
    error = failure(described, path, "a", limits=Limits(memory_bytes=600 << 20))
    assert error.code == "memory_exceeded"


def test_text_that_is_not_utf_8_in_a_binary_file_is_damage(tmp_path: Path) -> None:
    broken = pa.StringArray.from_buffers(
        1, pa.py_buffer(np.array([0, 2], np.int32)), pa.py_buffer(b"\xff\xfe")
    )
    path = save(pa.table({"a": broken}), tmp_path, "arrow")
    assert failure(described, path, "a").code == "malformed_table"


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    error = failure(described, write(tmp_path, "a,b\n1,2\n", "test.parquet"))
    assert error.code == "malformed_table"
    path = save(pa.table({"a": [1]}), tmp_path, "parquet")
    error = failure(described, path.rename(tmp_path / "test.arrow"))
    assert error.code == "format_mismatch"


def test_an_unknown_format_says_which_are_known(tmp_path: Path) -> None:
    error = failure(described, write(tmp_path, "a\n1\n", "test.xlsx"))
    assert error.code == "unsupported_format"
    assert "csv, parquet or arrow" in error.hint


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_control_characters_in_labels_become_visible_and_lines_become_one(
    tmp_path: Path, format: str
) -> None:
    """PostgreSQL stores no NUL, XML carries no escape, and a line end in a label could forge a verdict."""
    labels = ["a\x00b", "c\x1b[31m", "pass\nfail\t!", "é\x85", None, "نام\u200cها"] * 3
    path = save(pa.table({"race": labels}), tmp_path, format)
    found = {label for label, _ in described(path, "race").profiles["race"].labels}
    assert found == {"a\ufffdb", "c\ufffd[31m", "pass fail !", "é\ufffd", "نام\u200cها"}

"""What an overtaken sandbox could leave behind is refused, and never unfolds in the process that reads it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from assessments.core import preparation_file
from assessments.core.preparation_table import PreparedTable
from shield.sandbox.contract import Limits, SandboxFailure
from tests.assessments.preparation.support import save

DATA = {"race": ["a", None, "b"] * 400, "age": [1, 2, None] * 400, "ok": [True, False, None] * 400}


def written(folder: Path, table: pa.Table, **options: object) -> Path:
    path = folder / "prepared.arrow"
    with pa.ipc.new_file(
        str(path), table.schema, options=pa.ipc.IpcWriteOptions(**options)
    ) as file:
        file.write_table(table)
    return path


def refused(path: Path) -> str:
    with pytest.raises(SandboxFailure) as caught:
        PreparedTable(path)
    assert caught.value.code == "sandbox_protocol"
    return caught.value.message


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_a_small_file_that_would_unfold_to_much_is_refused_before_it_does(
    tmp_path: Path, codec: str
) -> None:
    rows = 20_000_000
    path = written(tmp_path, pa.table({"data:x": pa.nulls(rows, pa.int64())}), compression=codec)
    assert path.stat().st_size < 2_000_000
    before = pa.total_allocated_bytes()
    refused(path)
    assert pa.total_allocated_bytes() - before < 1_000_000


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["a", "b"]).dictionary_encode(),
        pa.nulls(3),
        pa.array([[1], [2]]),
        pa.array([b"a", b"b"]),
    ],
    ids=["dictionary", "rows of nothing", "list", "bytes"],
)
def test_columns_that_are_not_plain_are_refused(tmp_path: Path, values: pa.Array) -> None:
    refused(written(tmp_path, pa.table({"data:x": values})))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    values = pa.array([1, 2])
    refused(written(tmp_path, pa.Table.from_arrays([values, values], ["data:x", "data:x"])))


@pytest.mark.parametrize("limits", [Limits(rows=1_199), Limits(unfolded_bytes=1_000)])
def test_more_rows_or_bytes_than_the_sandbox_may_write_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits
) -> None:
    path = save(tmp_path, DATA)
    assert PreparedTable(path).rows == 1_200
    monkeypatch.setattr(preparation_file, "DEFAULT_LIMITS", limits)
    refused(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:7],
        lambda data: data[: len(data) // 2],
        lambda data: b"PAR1" + data[4:],
        lambda data: data[:8] + b"\xff\xff\xff\xff\xff\xff\xff\x7f" + data[16:],
        lambda data: data[:8] + b"\xff" * 64,
    ],
)
def test_a_file_that_is_cut_or_lies_about_lengths_is_refused(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = save(tmp_path, DATA)
    path.write_bytes(damage(path.read_bytes()))
    refused(path)


def test_flipped_bytes_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    path = save(tmp_path, DATA)
    good = path.read_bytes()
    dice = random.Random(7)
    outcomes = set()
    for _ in range(400):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            # the first kilobyte holds the schema and the first message: most to break there
            bad[dice.randrange(8, 1_500 if dice.random() < 0.7 else len(bad))] = dice.randrange(256)
        path.write_bytes(bytes(bad))
        try:
            PreparedTable(path)
            outcomes.add("read")
        except SandboxFailure as failure:
            outcomes.add(failure.code)
    assert outcomes == {"read", "sandbox_protocol"}


@pytest.mark.parametrize("text", ["[" * 200_000, "[1]", "{", '{"kind": 1e999999}', '"' + "a" * 20])
def test_notes_on_the_model_that_are_no_notes_are_refused(tmp_path: Path, text: str) -> None:
    path = save(tmp_path, DATA)
    (tmp_path / "prepared.json").write_text(text)
    refused(path)


def test_notes_on_the_model_are_not_read_without_end(tmp_path: Path) -> None:
    path = save(tmp_path, DATA)
    with (tmp_path / "prepared.json").open("wb") as file:
        file.truncate(1 << 36)
    refused(path)

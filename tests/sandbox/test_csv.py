"""CSV: what is read as what, and which line is named when it cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from shield.sandbox.client import Limits
from tests.sandbox.support import (
    described,
    failure,
    full_description,
    prepared,
    warnings_of,
    write,
)


def types(table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


def test_types_are_those_of_the_values(tmp_path: Path) -> None:
    table = described(
        write(tmp_path, "i,f,t,b,d,n\n1,1.5,a,true,2024-01-02,\n2,2,b,false,2024-01-03,\n")
    )
    assert table.rows == 2
    assert types(table) == {
        "i": "int64", "f": "float64", "t": "string", "b": "bool", "d": "time", "n": "null",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("early", "late", "type_"),
    [("1", "1.5", "float64"), ("1", "x", "string"), ("1.5", "x", "string"), ("", "7", "int64"),
     ("", "7.5", "float64"), ("", "x", "string"), ("true", "maybe", "string"), ("2024-01-02", "9", "string")],
)  # fmt: skip
def test_a_value_far_down_widens_the_type_of_its_column(
    tmp_path: Path, early: str, late: str, type_: str
) -> None:
    rows = f"{early},0\n" * 60_000 + f"{late},0\n"
    path = write(tmp_path, "a,b\n" + rows)
    limits = Limits(line_bytes=64 * 1024)
    assert types(described(path, limits=limits)) == {"a": type_, "b": "int64"}
    table = prepared(path, tmp_path / "out", "a", "b", limits=limits)
    assert table.num_rows == 60_001
    assert str(table.column("data:a")[-1].as_py()) in (late, f"{late}.0")


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert described(write(tmp_path, b"\xef\xbb\xbfrace,y\nw,1\n")).names == ("race", "y")


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_delimiters_are_found_in_the_header(tmp_path: Path, mark: str) -> None:
    path = write(tmp_path, f'a{mark}"b,c"{mark}d\n1{mark}2{mark}3\n')
    assert described(path).names == ("a", "b,c", "d")


def test_quoted_fields_may_hold_delimiters_and_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n"x, and\ny",1\nz,2\n')
    table = prepared(path, tmp_path / "out", "a", "b")
    assert table.column("data:a").to_pylist() == ["x, and y", "z"]


def test_names_of_a_header_over_two_lines_do_not_shift_the_rows(tmp_path: Path) -> None:
    table = described(write(tmp_path, '"a\nb",c\n1,2\n3,4\n'))
    assert table.names == ("a b", "c")
    assert table.rows == 2


def test_windows_line_ends_and_a_missing_last_one(tmp_path: Path) -> None:
    assert described(write(tmp_path, "a,b\r\n1,2\r\n3,4")).rows == 2


def test_empty_text_and_na_are_missing_but_quoted_na_is_a_label(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\nNA,1\n,2\n"NA",3\n"  ",4\nx,5\n')
    profile = described(path, "a").profiles["a"]
    assert profile.nulls == 3
    assert set(profile.labels) == {("NA", 1), ("x", 1)}


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\n", b"a,b", b"a,b\n\n\n"])
def test_a_table_without_rows_is_called_empty(tmp_path: Path, content: bytes) -> None:
    error = failure(described, write(tmp_path, content))
    assert error.code == "table_empty"
    assert "test.csv" in error.message


def test_duplicate_names_are_named(tmp_path: Path) -> None:
    error = failure(described, write(tmp_path, "race,y,race\n1,2,3\n"))
    assert error.code == "duplicate_column"
    assert "'race'" in error.message
    assert "line 1" in error.message


def test_an_empty_name_is_named_by_its_position(tmp_path: Path) -> None:
    error = failure(described, write(tmp_path, "a,,b\n1,2,3\n"))
    assert error.code == "csv_empty_header"
    assert "column 2" in error.message


def test_an_unnamed_first_column_is_a_row_index(tmp_path: Path) -> None:
    description = full_description(write(tmp_path, ",a,b\n0,1,2\n1,3,4\n"))
    assert description.tables["test"].names == ("a", "b")
    assert [code for code, _ in description.warnings] == ["unnamed_column"]


@pytest.mark.parametrize("row", ["1", "1,2,3", '"x\ny",2,3'])
def test_a_ragged_row_is_named_by_its_line(tmp_path: Path, row: str) -> None:
    content = 'a,b\n1,2\n"quoted\nline",2\n\n' + row + "\n1,2\n"
    error = failure(described, write(tmp_path, content))
    assert error.code == "csv_ragged_row"
    assert f"line {7 if 'x' in row else 6}:" in error.message


def test_a_ragged_row_far_down_is_found(tmp_path: Path) -> None:
    error = failure(described, write(tmp_path, "a,b\n" + "1,2\n" * 400_000 + "1,2,3\n"))
    assert error.code == "csv_ragged_row"
    assert "line 400002:" in error.message


@pytest.mark.parametrize(
    ("content", "line", "guess"),
    [
        ("a,b\nw,1\ncafé,2\n".encode("latin-1"), 3, "Latin-1"),
        (b"a,b\n" + b"w,1\n" * 200_000 + b"\x93x\x94,2\n", 200_002, "Windows-1252"),
        ("näme,b\nw,1\n".encode("latin-1"), 1, "Latin-1"),
        ("a,b\nw,1\n".encode("utf-16"), 1, "UTF-16"),
        ("a,b\nw,1\n".encode("utf-16-be"), 1, "UTF-16"),
    ],
)
def test_text_that_is_not_utf_8_is_named_by_its_line(
    tmp_path: Path, content: bytes, line: int, guess: str
) -> None:
    error = failure(described, write(tmp_path, content))
    assert error.code == "bad_encoding"
    assert f"line {line}:" in error.message
    assert guess in error.message
    assert "UTF-8" in error.hint


def test_a_line_of_200_mib_is_refused_in_little_memory_and_time(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    error = failure(described, path, limits=Limits(memory_bytes=400 << 20, wall_s=20))
    assert error.code == "csv_line_too_long"
    assert "line 3" in error.message


def test_a_header_of_many_mib_is_refused(tmp_path: Path) -> None:
    error = failure(described, write(tmp_path, b"a" * (3 << 20)))
    assert error.code == "csv_line_too_long"
    assert "line 1" in error.message


def test_a_quote_that_never_ends_is_refused(tmp_path: Path) -> None:
    error = failure(described, write(tmp_path, 'a,b\n"x,1\n' + "y,2\n" * 500_000))
    assert error.code == "csv_line_too_long"
    assert "quotation mark" in error.hint


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(10_001))
    error = failure(described, write(tmp_path, names + "\n"))
    assert error.code == "too_many_columns"


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    error = failure(described, write(tmp_path, "a\n" + "1\n" * 5000), limits=Limits(rows=4000))
    assert error.code == "too_many_rows"


def test_noise_is_a_failure_with_a_name(tmp_path: Path) -> None:
    import numpy as np

    error = failure(described, write(tmp_path, np.random.default_rng(0).bytes(300_000)))
    assert error.code in {"bad_encoding", "csv_line_too_long", "csv_ragged_row", "duplicate_column"}


@pytest.mark.parametrize(
    ("start", "word"), [(b"PAR1", "parquet"), (b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip")]
)
def test_other_formats_named_csv_are_recognised(tmp_path: Path, start: bytes, word: str) -> None:
    error = failure(described, write(tmp_path, start + bytes(100)))
    assert error.code == "format_mismatch"
    assert word in error.message


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    error = failure(prepared, write(tmp_path, "a,b\n1,2\n"), tmp_path / "out", "a", "gender")
    assert error.code == "missing_column"
    assert "'gender'" in error.message
    assert "a, b" in error.hint


def test_identifiers_of_people_keep_all_their_digits(tmp_path: Path) -> None:
    path = write(tmp_path, "id,y\n90071992547409931234,1\n90071992547409931235,0\n")
    table = prepared(path, tmp_path / "out", "id", person="id")
    assert table.column("data:id").to_pylist() == ["90071992547409931234", "90071992547409931235"]


def test_very_long_values_are_cut_but_stay_distinct(tmp_path: Path) -> None:
    first, second = "x" * 5000 + "a", "x" * 5000 + "b"
    table = prepared(write(tmp_path, f"a\n{first}\n{second}\n{first}\n"), tmp_path / "out", "a")
    values = table.column("data:a").to_pylist()
    assert values[0] == values[2] != values[1]
    assert max(map(len, values)) <= 200


def test_numbers_that_are_not_numbers_are_missing_or_kept(tmp_path: Path) -> None:
    table = prepared(write(tmp_path, "a\n1.5\nnan\ninf\n"), tmp_path / "out", "a")
    assert table.column("data:a").to_pylist() == [1.5, None, float("inf")]
    assert warnings_of(table) == ""

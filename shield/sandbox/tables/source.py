"""One way to read any table: its columns, then batches of the needed ones in plain types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import pyarrow as pa

from shield.sandbox.contract import Column, Limits, SandboxFailure

BATCH_ROWS = 65_536


class TypesChanged(Exception):
    """A later part of a CSV file does not fit the types seen so far: read again with wider ones."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the parent opened for the child: `path` leads to the descriptor, `name` is for people."""

    descriptor: int
    name: str
    limits: Limits

    @property
    def path(self) -> Path:
        """A path that opens the same file anew, with an offset of its own."""
        return Path("/dev/fd") / str(self.descriptor)


class Table(Protocol):
    """An open table."""

    warnings: list[tuple[str, str]]

    def columns(self) -> tuple[Column, ...]:
        """Names and types in file order, as far as they are known before reading to the end."""
        ...

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The named columns in plain types, at most `BATCH_ROWS` rows at a time.

        Raises TypesChanged when the caller has to throw away what it got and start again.
        """
        ...


def open_table(upload: Upload, format: str) -> Table:
    """Open a table by its declared format; its content must agree."""
    from shield.sandbox.tables.columnar import open_arrow, open_parquet
    from shield.sandbox.tables.delimited import DelimitedTable

    with upload.path.open("rb", buffering=0) as file:
        start = file.read(8)
    if not start:
        raise SandboxFailure("table_empty", f"{upload.name} is empty.", "Give a table with rows.")
    found = _content_format(start)
    if format in ("csv", "parquet", "arrow") and found not in (None, format):
        raise SandboxFailure(
            "format_mismatch",
            f"{upload.name} is declared as {format}, but its content is {found}.",
            "Name the file by what it holds: .csv, .parquet or .arrow.",
        )
    if format == "csv":
        return DelimitedTable(upload)
    if format == "parquet":
        return open_parquet(upload)
    if format == "arrow":
        return open_arrow(upload)
    raise SandboxFailure(
        "unsupported_format",
        f"{upload.name} has the format {format!r}.",
        "Tables are read as csv, parquet or arrow.",
    )


def _content_format(start: bytes) -> str | None:
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "arrow"
    for magic, name in (
        (b"\x1f\x8b", "gzip-compressed"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x28\xb5\x2f\xfd", "zstd-compressed"),
        (b"BZh", "bzip2-compressed"),
        (b"\xfd7zXZ", "xz-compressed"),
    ):
        if start.startswith(magic):
            return name
    return None


Result = TypeVar("Result")


def until_types_settle(read: Callable[[], Result], columns: int) -> Result:
    """Call `read` again whenever the types changed; each column can widen three times at most."""
    for _ in range(3 * columns + 1):
        try:
            return read()
        except TypesChanged:
            continue
    raise SandboxFailure("malformed_table", "The types of the columns do not settle.")


def require_columns(table: Table, names: Sequence[str], file: str) -> None:
    """SandboxFailure naming every column that is not there."""
    known = {column.name for column in table.columns()}
    missing = [name for name in dict.fromkeys(names) if name not in known]
    if missing:
        listed = ", ".join(repr(name) for name in missing[:20])
        have = ", ".join(column.name for column in table.columns()[:30])
        raise SandboxFailure(
            "missing_column", f"{file} has no column {listed}.", f"Its columns are: {have}."
        )

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


@dataclass(frozen=True, slots=True)
class Header:
    """Column names in file order. `lines` is the number of physical lines that the header takes."""

    names: tuple[str, ...]
    delimiter: str
    lines: int
    ignored: str | None  # an unnamed first column, taken to be a row index
    warnings: tuple[tuple[str, str], ...]


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

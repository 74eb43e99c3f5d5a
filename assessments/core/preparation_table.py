"""The prepared table as the sandbox left it: opened without copying, checked, one column at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assessments.core.preparation_file import read_facts, read_table
from shield.sandbox.contract import SandboxFailure
from shield.sandbox.filenames import FACTS_NAME
from shield.sandbox.labels import label_text

_NAMED_ROWS = 5


@dataclass(frozen=True, slots=True)
class Encoded:
    """A column as codes into its labels: `codes` (n,) int32, −1 where missing."""

    codes: NDArray[np.int32]
    labels: tuple[str, ...]


class PreparedTable:
    """Columns "data:<name>" carried over from the upload, "model:…" from the model.

    The file was written by a process that had hostile input in its hands: see `preparation_file`.
    """

    def __init__(self, path: Path) -> None:
        self._table = read_table(path)
        self.facts = _facts(path.with_name(FACTS_NAME))

    @property
    def rows(self) -> int:
        return int(self._table.num_rows)

    def has(self, name: str) -> bool:
        return name in self._table.schema.names

    def column(self, name: str) -> pa.ChunkedArray:
        """A column; SandboxFailure when the upload did not have it."""
        if not self.has(name):
            plain = name.partition(":")[2]
            raise SandboxFailure("missing_column", f"The table has no column {plain!r}.")
        return self._table.column(name)

    def encoded(self, name: str) -> Encoded:
        """A column as codes into its distinct labels."""
        return encode(self.column(name))

    def score_columns(self) -> list[str]:
        """The model's score columns in order."""
        count = sum(name.startswith("model:score:") for name in self._table.schema.names)
        return [f"model:score:{number}" for number in range(count)]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A numeric column, (n,) float64, NaN where missing; SandboxFailure when it is text."""
        column = self.column(name)
        if pa.types.is_string(column.type) and column.null_count < len(column):
            raise SandboxFailure(
                "column_not_numeric",
                f"Column {name.partition(':')[2]!r} holds text where numbers are needed.",
            )
        if pa.types.is_string(column.type):
            return np.full(len(column), np.nan)
        whole = column.cast(pa.float64(), safe=False).combine_chunks()
        values, present = _from_buffers(whole, np.dtype(np.float64))
        return np.where(present, values, np.nan)


def encode(column: pa.ChunkedArray) -> Encoded:
    """Dictionary-encode a plain column; labels are spelled by `label_text`."""
    encoded = column.combine_chunks().dictionary_encode()
    return Encoded(
        codes_of(encoded.indices), tuple(map(label_text, encoded.dictionary.to_pylist()))
    )


def codes_of(indices: pa.Array) -> NDArray[np.int32]:
    """The codes of a dictionary-encoded column, (n,) int32, -1 where missing."""
    codes, present = _from_buffers(indices, np.dtype(np.int32))
    return np.where(present, codes, np.int32(-1))


def _from_buffers(array: pa.Array, dtype: np.dtype) -> tuple[NDArray, NDArray[np.bool_]]:
    """The values of a primitive array, arbitrary where missing, and where they are present; (n,) each.

    From the buffers, because pyarrow imports pandas (0.4 s) to convert a column that may have
    missing values.
    """
    start, end = array.offset, array.offset + len(array)
    validity, values = array.buffers()
    if values is None:  # no rows at all
        return np.zeros(len(array), dtype=dtype), np.zeros(len(array), dtype=bool)
    found = np.frombuffer(values, dtype=dtype, count=end)[start:]
    if validity is None:
        return found, np.ones(len(array), dtype=bool)
    bits = np.unpackbits(np.frombuffer(validity, dtype=np.uint8), bitorder="little")
    return found, bits[start:end].astype(bool)


def refuse_rows(bad: NDArray[np.bool_], code: str, what: str, hint: str) -> None:
    """SandboxFailure when any row is bad, with their count and the first of them (from 1, no header)."""
    rows = np.flatnonzero(bad)
    if len(rows):
        named = ", ".join(f"{int(row) + 1:,}" for row in rows[:_NAMED_ROWS])
        more = ", …" if len(rows) > _NAMED_ROWS else ""
        raise SandboxFailure(
            code, f"{what} in {len(rows):,} of {len(bad):,} rows (data row {named}{more}).", hint
        )


def _facts(path: Path) -> Mapping[str, Any]:
    """What the sandbox said about the model's columns, types checked; empty without a model."""
    facts = read_facts(path)
    if not facts:
        return {}
    try:
        classes = facts["classes"]
        return {
            "kind": str(facts["kind"]),
            "form": str(facts["form"]),
            "classes": None if classes is None else [str(label) for label in classes],
            "features": [str(name) for name in facts["features"]],
        }
    except (ValueError, KeyError, TypeError) as error:
        raise SandboxFailure(
            "sandbox_protocol", "The sandbox's notes on the model are damaged."
        ) from error

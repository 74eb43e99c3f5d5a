"""CSV as a stream: one block in memory at a time, whatever the size of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.csv as pv

from shield.sandbox.contract import Column
from shield.sandbox.tables import diagnosis
from shield.sandbox.tables.header import read_header
from shield.sandbox.tables.plain import plain, plain_type
from shield.sandbox.tables.source import BATCH_ROWS, Header, TypesChanged, Upload

MISSING = ("", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null")
"""Unquoted text that means "no value"."""

_CONVERSION = re.compile(
    r"In CSV column #(\d+): .*?CSV conversion error to (\S+): invalid value '(.*)'", re.S
)


class DelimitedTable:
    """A CSV file. Types are those of the first block; a later value that does not fit widens them."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._header: Header = read_header(upload)
        self._types: dict[str, pa.DataType] = {}
        self._known: tuple[Column, ...] | None = None
        self.warnings = list(self._header.warnings)

    def columns(self) -> tuple[Column, ...]:
        if self._known is None:
            reader = self._open(self._header.names)
            self._known = self._columns_of(reader.schema)
            reader.close()
        return self._known

    def _columns_of(self, schema: pa.Schema) -> tuple[Column, ...]:
        names = [name for name in self._header.names if name != self._header.ignored]
        return tuple(Column(name, plain_type(schema.field(name).type)) for name in names)

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        # The first column is parsed even when none is asked for, so that rows can be counted.
        included = list(dict.fromkeys(names)) or [self._header.names[0]]
        rows = 0
        try:
            reader = self._open(included)
            for batch in reader:
                rows += batch.num_rows
                diagnosis.check_rows(rows, self._upload)
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    part = batch.slice(start, BATCH_ROWS)
                    yield pa.RecordBatch.from_arrays(
                        [plain(part.column(name), name) for name in included], included
                    )
        except pa.ArrowInvalid as error:
            self._widen_or_fail(str(error))
        self._known = None

    def force_text(self, name: str) -> None:
        """Read a column as text whatever it holds: identifiers may have more digits than a number."""
        self._types[name] = pa.string()
        self._known = None

    def _open(self, included: Sequence[str]) -> pv.CSVStreamingReader:
        try:
            reader = pv.open_csv(
                pa.OSFile(str(self._upload.path)),
                read_options=pv.ReadOptions(
                    use_threads=False,
                    block_size=self._upload.limits.line_bytes,
                    skip_rows=self._header.lines,
                    column_names=list(self._header.names),
                ),
                parse_options=pv.ParseOptions(
                    delimiter=self._header.delimiter, newlines_in_values=True
                ),
                convert_options=pv.ConvertOptions(
                    include_columns=list(included),
                    column_types={
                        name: type_ for name, type_ in self._types.items() if name in included
                    },
                    null_values=list(MISSING),
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid as error:
            self._widen_or_fail(str(error))
            raise TypesChanged from error
        if any(pa.types.is_binary(type_) for type_ in reader.schema.types):
            raise diagnosis.encoding_failure(self._upload)  # bytes that are not UTF-8
        return reader

    def _widen_or_fail(self, message: str) -> None:
        """Widen the column that a value did not fit into and say so, or say what is wrong with the file."""
        found = _CONVERSION.search(message)
        if found is None or "invalid UTF8" in message:
            raise diagnosis.failure(self._upload, self._header, message)
        name = self._header.names[int(found.group(1))]
        self._types[name] = _wider(found.group(2), found.group(3))
        self._known = None
        raise TypesChanged


def _wider(type_: str, value: str) -> pa.DataType:
    """null → int64 → float64 → string, as far as `value` asks; every other type → string."""
    if type_ == "null" and re.fullmatch(r"[+-]?\d{1,18}", value):
        return pa.int64()
    if type_ in ("null", "int64"):
        try:
            float(value)
        except ValueError:
            return pa.string()
        return pa.float64()
    return pa.string()

"""Parquet and Arrow as streams; what they declare about themselves is checked before it is unfolded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from shield.sandbox.contract import Column, SandboxFailure
from shield.sandbox.labels import clean_text
from shield.sandbox.tables import diagnosis
from shield.sandbox.tables.plain import plain, plain_type
from shield.sandbox.tables.source import BATCH_ROWS, Upload

RawBatches = Callable[[Sequence[str]], Iterator[pa.RecordBatch]]


class ColumnarTable:
    """A Parquet or Arrow file: a schema, and a way to stream some of its columns."""

    def __init__(self, upload: Upload, schema: pa.Schema, raw: RawBatches) -> None:
        try:
            names = schema.names
        except UnicodeDecodeError as error:
            raise malformed(upload, error) from error
        diagnosis.check_columns(len(names), upload)
        twice = sorted(name for name, count in Counter(names).items() if count > 1)
        if twice:
            raise SandboxFailure(
                "duplicate_column",
                f"{upload.name}: the column name {', '.join(map(repr, twice[:20]))} is there more than once.",
                "Give every column a name of its own.",
            )
        self._upload = upload
        self._columns = tuple(Column(field.name, plain_type(field.type)) for field in schema)
        self._raw = raw
        self.warnings: list[tuple[str, str]] = []

    def columns(self) -> tuple[Column, ...]:
        return self._columns

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        included = list(dict.fromkeys(names))
        self._refuse_unsupported(included)
        rows = 0
        try:
            for batch in self._raw(included):
                rows += batch.num_rows
                diagnosis.check_rows(rows, self._upload)
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    part = batch.slice(start, BATCH_ROWS)
                    yield _plain_batch(part, included)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, OSError) as error:
            if getattr(error, "errno", None) is not None:
                raise  # the disk, not the file
            raise malformed(self._upload, error) from error

    def _refuse_unsupported(self, names: Sequence[str]) -> None:
        types = {column.name: column.type for column in self._columns}
        for name in names:
            if types[name] == "unsupported":
                raise SandboxFailure(
                    "column_type_unsupported",
                    f"Column {name!r} of {self._upload.name} has a type that cannot be used.",
                    "Store it as numbers, text or booleans.",
                )


def malformed(upload: Upload, error: BaseException) -> SandboxFailure:
    """The file is damaged, cut, or not what it says."""
    return SandboxFailure(
        "malformed_table",
        f"{upload.name} is damaged or cut: {clean_text(str(error), 300)}",
        "Write the file again.",
    )


def _plain_batch(part: pa.RecordBatch, names: list[str]) -> pa.RecordBatch:
    if not names:  # rows are counted, no column is needed
        return part.select([])
    if part.schema.names != names:
        part = part.select(names)
    return pa.RecordBatch.from_arrays(
        [plain(part.column(position), name) for position, name in enumerate(names)], names
    )


def open_parquet(upload: Upload) -> ColumnarTable:
    """Open a Parquet file; row groups are read one after the other, pages as a stream."""
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(
            pa.OSFile(str(upload.path)), pre_buffer=False, buffer_size=1 << 20, memory_map=False
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise malformed(upload, error) from error
    diagnosis.check_rows(file.metadata.num_rows, upload)
    schema = file.schema_arrow

    def raw(names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        if not names:
            yield from _row_counts(file.metadata.num_rows)
            return
        yield from file.iter_batches(
            batch_size=BATCH_ROWS, columns=list(names), use_threads=False, use_pandas_metadata=False
        )

    return ColumnarTable(upload, schema, raw)


def _row_counts(rows: int) -> Iterator[pa.RecordBatch]:
    """Batches without columns, for counting."""
    for start in range(0, rows, BATCH_ROWS):
        yield pa.RecordBatch.from_struct_array(
            pa.array([{}] * min(BATCH_ROWS, rows - start), pa.struct([]))
        )


def open_arrow(upload: Upload) -> ColumnarTable:
    """Open an Arrow IPC file (Feather 2) or stream; only the buffers of needed columns are read."""
    with upload.path.open("rb", buffering=0) as file:
        stream = file.read(6) != b"ARROW1"
    try:
        schema = (
            pa.ipc.open_stream(pa.OSFile(str(upload.path))).schema
            if stream
            else pa.ipc.open_file(pa.OSFile(str(upload.path))).schema
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise malformed(upload, error) from error

    def raw(names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        # An empty list of fields would mean "all": count with the first column.
        wanted = sorted(schema.get_field_index(name) for name in names) or [0]
        options = pa.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)
        source = pa.OSFile(str(upload.path))
        if stream:
            yield from pa.ipc.open_stream(source, options=options)
            return
        reader = pa.ipc.open_file(source, options=options)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)

    return ColumnarTable(upload, schema, raw)

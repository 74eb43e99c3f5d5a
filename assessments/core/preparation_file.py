"""The Arrow file that a sandbox left behind, opened as what it is: the work of a suspect.

Whoever took over the child would write this file to harm the process that reads it. So it is read
message by message, its footer is ignored, and whatever could unfold to more than lies on the disk
(compressed buffers, dictionaries, batches that share their bytes) is refused before it does.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from shield.sandbox.contract import DEFAULT_LIMITS, SandboxFailure

PLAIN: Final = (pa.int64(), pa.float64(), pa.bool_(), pa.string())
FACTS_BYTES: Final = 16 * 1024**2
_MAGIC: Final = b"ARROW1\x00\x00"
_HEADER, _COMPRESSION = 2, 3  # fields of the tables Message and RecordBatch in Arrow's Message.fbs


def read_table(path: Path) -> pa.Table:
    """The plain columns of the file, zero-copy, every offset and text validated.

    Raises SandboxFailure for anything that the sandbox's own writer would not have written.
    """
    try:
        with pa.memory_map(str(path)) as source:
            if source.read(len(_MAGIC)) != _MAGIC:
                raise _damaged()
            table = _table(source)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, OverflowError, struct.error) as error:
        raise _damaged() from error
    return table


def read_facts(path: Path) -> Mapping[str, Any]:
    """The JSON object beside the table; empty when there is none."""
    if path.is_symlink() or not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            text = file.read(FACTS_BYTES + 1)
        facts = json.loads(text.decode("utf-8")) if len(text) <= FACTS_BYTES else None
    except (ValueError, RecursionError) as error:
        raise _damaged() from error
    if not isinstance(facts, dict):
        raise _damaged()
    return facts


def _table(source: pa.NativeFile) -> pa.Table:
    messages = iter(pa.ipc.MessageReader.open_stream(source))
    first = next(messages, None)
    if first is None or first.type != "schema":
        raise _damaged()
    schema = pa.ipc.read_schema(first)
    if len(set(schema.names)) != len(schema) or any(f.type not in PLAIN for f in schema):
        raise SandboxFailure(
            "sandbox_protocol", "The prepared table has columns of strange types or names."
        )
    return pa.Table.from_batches(_batches(messages, schema), schema)


def _batches(messages: Iterator[pa.ipc.Message], schema: pa.Schema) -> list[pa.RecordBatch]:
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    for message in messages:
        if message.type != "record batch" or _is_compressed(message.metadata):
            raise _damaged()
        batch = pa.ipc.read_record_batch(message, schema)
        # Lengths first: a batch may claim rows that it does not hold, and bytes that others hold too.
        batch.validate()
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > DEFAULT_LIMITS.rows or size > DEFAULT_LIMITS.unfolded_bytes:
            raise _damaged()
        batches.append(batch)
    return batches


def _is_compressed(metadata: pa.Buffer) -> bool:
    """True when a record batch's message says that its buffers are compressed."""
    data = metadata.to_pybytes()
    (root,) = struct.unpack_from("<I", data, 0)
    header = _field(data, root, _HEADER)
    if header is None:
        raise _damaged()
    (forward,) = struct.unpack_from("<I", data, header)
    return _field(data, header + forward, _COMPRESSION) is not None


def _field(data: bytes, table: int, number: int) -> int | None:
    """Where a flatbuffers table keeps a field; None when it does not set it."""
    (back,) = struct.unpack_from("<i", data, table)
    place = table - back
    (size,) = struct.unpack_from("<H", data, place)
    if size < 4 + 2 * (number + 1):
        return None
    (offset,) = struct.unpack_from("<H", data, place + 4 + 2 * number)
    return table + offset if offset else None


def _damaged() -> SandboxFailure:
    return SandboxFailure("sandbox_protocol", "The prepared table is damaged.")

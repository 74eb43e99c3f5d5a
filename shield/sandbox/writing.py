"""Writing the result as an Arrow file, batch by batch, with a limit on what it unfolds to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from shield.sandbox.contract import SandboxFailure


class Writer:
    """An Arrow IPC file whose columns are those of the first batch."""

    def __init__(self, path: Path, unfolded_bytes: int) -> None:
        self._limit = unfolded_bytes
        self._bytes = 0
        self._sink = pa.OSFile(str(path), "wb")
        self._writer: pa.RecordBatchFileWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            if self._writer is None:
                self._open(pa.schema([]))
            assert self._writer is not None
            self._writer.close()
        self._sink.close()

    def write(self, columns: Sequence[tuple[str, pa.Array]]) -> None:
        """Append one batch."""
        if not columns:
            return
        batch = pa.RecordBatch.from_arrays(
            [values for _, values in columns], [name for name, _ in columns]
        )
        self._bytes += batch.nbytes
        if self._bytes > self._limit:
            raise SandboxFailure(
                "table_too_large",
                f"The needed columns unfold to more than {self._limit / 2**30:.1f} GiB.",
                "Assess a sample of the rows, or leave out columns with long text.",
            )
        if self._writer is None:
            self._open(batch.schema)
        assert self._writer is not None
        self._writer.write_batch(batch)

    def _open(self, schema: pa.Schema) -> None:
        self._writer = pa.ipc.new_file(self._sink, schema)

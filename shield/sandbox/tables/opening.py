"""Opens a table by its declared format, which its content must agree with."""

from __future__ import annotations

from shield.sandbox.contract import SandboxFailure
from shield.sandbox.tables.columnar import open_arrow, open_parquet
from shield.sandbox.tables.delimited import DelimitedTable
from shield.sandbox.tables.source import Table, Upload


def open_table(upload: Upload, format: str) -> Table:
    """Open a table by its declared format; its content must agree."""
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

"""The first line of a CSV file: names, delimiter, encoding mark; duplicates are refused by name."""

from __future__ import annotations

import csv
import io
from collections import Counter

from shield.sandbox.contract import SandboxFailure
from shield.sandbox.labels import clean_text
from shield.sandbox.tables import diagnosis
from shield.sandbox.tables.source import Header, Upload

_DELIMITERS = ",;\t|"
_UTF8_MARK = b"\xef\xbb\xbf"


def read_header(upload: Upload) -> Header:
    """The header; SandboxFailure when there is none that can be used."""
    with upload.path.open("rb") as file:
        start = file.read(upload.limits.line_bytes + 1)
    text = _decode(start.removeprefix(_UTF8_MARK), upload)
    delimiter = _delimiter(text)
    csv.field_size_limit(len(text) + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    fields = next((fields for fields in reader if fields), None)
    if fields is None:
        raise SandboxFailure(
            "table_empty", f"{upload.name} has no header.", "Give a table with rows."
        )
    diagnosis.check_columns(len(fields), upload)
    names = [clean_text(field, 500) for field in fields]
    ignored, warnings = _unnamed(names, upload)
    _refuse_duplicates(names, upload)
    return Header(tuple(names), delimiter, reader.line_num, ignored, warnings)


def _decode(start: bytes, upload: Upload) -> str:
    """The first complete lines as text. A file whose first line has no end within the limit is refused."""
    whole = len(start) <= upload.limits.line_bytes
    if not whole:
        cut = max(start.rfind(b"\n"), start.rfind(b"\r"))
        if cut < 0:
            raise diagnosis.line_too_long(upload, 1)
        start = start[: cut + 1]
    if b"\x00" in start[:4] or start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise diagnosis.bad_encoding(upload, 1, "UTF-16 or UTF-32")
    lines = start.splitlines(keepends=True)
    try:
        return b"".join(lines[:1000]).decode("utf-8")
    except UnicodeDecodeError:
        raise diagnosis.encoding_failure(upload) from None


def _delimiter(text: str) -> str:
    """The candidate that the first line holds most of; a comma when it holds none."""
    line = text.lstrip("\r\n").partition("\n")[0]
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=lambda mark: (outside.count(mark), mark == ","))


def _unnamed(names: list[str], upload: Upload) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    empty = [position for position, name in enumerate(names, start=1) if not name]
    if not empty:
        return None, ()
    if empty == [1] and len(names) > 1:
        names[0] = "(row index)"
        message = f"The first column of {upload.name} has no name; it is taken for a row index and ignored."
        return names[0], (("unnamed_column", message),)
    listed = ", ".join(str(position) for position in empty[:20])
    raise SandboxFailure(
        "csv_empty_header",
        f"{upload.name}, line 1: column {listed} has no name.",
        "Give every column a name in the first line.",
    )


def _refuse_duplicates(names: list[str], upload: Upload) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        listed = ", ".join(repr(name) for name in twice[:20])
        raise SandboxFailure(
            "duplicate_column",
            f"{upload.name}, line 1: the column name {listed} stands there more than once.",
            "Give every column a name of its own.",
        )

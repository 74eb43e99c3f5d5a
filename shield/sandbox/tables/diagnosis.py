"""What is wrong with a CSV file that could not be read, and in which line."""

from __future__ import annotations

import csv
import io

from shield.sandbox.contract import MEBIBYTE, SandboxFailure
from shield.sandbox.labels import clean_text
from shield.sandbox.tables.source import Header, Upload

MAX_COLUMNS = 10_000


def check_rows(rows: int, upload: Upload) -> None:
    """SandboxFailure when a table unfolds to more rows than the limit."""
    if rows > upload.limits.rows:
        raise SandboxFailure(
            "too_many_rows",
            f"{upload.name} has more than {upload.limits.rows:,} rows.",
            "Assess a random sample; intervals are narrow long before that.",
        )


def check_columns(columns: int, upload: Upload) -> None:
    """SandboxFailure when a table has more columns than any real one."""
    if columns > MAX_COLUMNS:
        raise SandboxFailure(
            "too_many_columns",
            f"{upload.name} has {columns:,} columns; at most {MAX_COLUMNS:,} are read.",
            "Leave out columns that are neither features nor needed by the assessment.",
        )


def line_too_long(upload: Upload, line: int) -> SandboxFailure:
    """A line longer than the limit, or a quote that never ends."""
    return SandboxFailure(
        "csv_line_too_long",
        f"{upload.name}, line {line}: the line is longer than {upload.limits.line_bytes / MEBIBYTE:g} MiB.",
        "Look for a quotation mark that is never closed, or a file without line ends.",
    )


def bad_encoding(upload: Upload, line: int, guess: str) -> SandboxFailure:
    """Text that is not UTF-8."""
    return SandboxFailure(
        "bad_encoding",
        f"{upload.name}, line {line}: the text is not UTF-8 (it looks like {guess}).",
        "Save the file as UTF-8.",
    )


def encoding_failure(upload: Upload) -> SandboxFailure:
    """Name the first line that is not UTF-8; memory stays at one line's limit."""
    with upload.path.open("rb") as file:
        for number, line in enumerate(
            iter(lambda: file.readline(upload.limits.line_bytes + 1), b""), 1
        ):
            if len(line) > upload.limits.line_bytes:
                return line_too_long(upload, number)
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                mark = line[error.start]
                guess = "Windows-1252" if 0x80 <= mark <= 0x9F else "Latin-1 or Windows-1252"
                return bad_encoding(upload, number, guess)
    return bad_encoding(upload, 1, "another encoding")


def failure(upload: Upload, header: Header, message: str) -> SandboxFailure:
    """The failure for a message of the CSV library, with the line found by reading the file again."""
    if "invalid UTF8" in message:
        return encoding_failure(upload)
    if "Empty CSV" in message or "Could not skip initial" in message:
        return SandboxFailure(
            "table_empty", f"{upload.name} has no rows.", "Give a table with rows."
        )
    return _first_bad_line(upload, header) or SandboxFailure(
        "malformed_table", f"{upload.name} cannot be read as CSV: {clean_text(message, 300)}"
    )


def _first_bad_line(upload: Upload, header: Header) -> SandboxFailure | None:
    """The first line that is too long, or has another number of fields than the header."""
    limit = upload.limits.line_bytes
    csv.field_size_limit(limit)
    expected = len(header.names)
    with upload.path.open("rb") as file:
        lines = _Lines(file, limit)
        reader = csv.reader(lines, delimiter=header.delimiter)
        try:
            for fields in reader:
                if fields and len(fields) != expected:
                    return SandboxFailure(
                        "csv_ragged_row",
                        f"{upload.name}, line {reader.line_num}: {len(fields)} fields where the header "
                        f"has {expected}.",
                        "Quote fields that contain the delimiter or line ends.",
                    )
        except csv.Error:
            return line_too_long(upload, reader.line_num + 1)
    return None


class _Lines:
    """Lines as text, each within the limit (csv.Error otherwise)."""

    def __init__(self, file: io.BufferedReader, limit: int) -> None:
        self._file = file
        self._limit = limit

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._limit + 1)
        if not line:
            raise StopIteration
        if len(line) > self._limit:
            raise csv.Error("line too long")
        return line.decode("utf-8", "replace")

"""Lists as files: CSV that is safe to open in a spreadsheet, and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.http import StreamingHttpResponse

# A cell that starts with one of these is a formula to a spreadsheet (OWASP, "CSV injection").
# The wide forms of the same signs are formulas to spreadsheets of East Asia.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What stands before the sign and is not seen: spaces of any kind, marks of direction, zero width.
_UNSEEN = re.compile(r"[\s\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u00ad]+")

Row = Mapping[str, object]


def safe_cell(value: object) -> str:
    """A value as CSV text; text that a spreadsheet would run as a formula gets a leading quote.

    Numbers are written as they are: a negative number is not a formula.
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    unseen = _UNSEEN.match(text)
    bare = text[unseen.end() :] if unseen else text
    return f"'{text}" if text.startswith(_FORMULA) or bare.startswith(_FORMULA) else text


def csv_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """The file line by line, so that a long list never stands in memory as a whole."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for cells in _table(columns, rows):
        writer.writerow([safe_cell(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _table(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[Sequence[object]]:
    yield columns
    for row in rows:
        yield [row[column] for column in columns]


def json_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """A JSON array, one object a line."""
    separator = "[\n"
    for row in rows:
        item = {column: row[column] for column in columns}
        yield separator + json.dumps(item, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def export_response(
    *, kind: str, name: str, columns: Sequence[str], rows: Iterable[Row]
) -> StreamingHttpResponse:
    """A download of `rows`; `kind` is csv or json."""
    lines = csv_lines(columns, rows) if kind == "csv" else json_lines(columns, rows)
    content_type = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
    response = StreamingHttpResponse(lines, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response

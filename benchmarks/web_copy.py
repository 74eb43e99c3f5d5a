"""Rows into PostgreSQL in bulk: the columns that a generator does not name get their model's defaults.

So a new column of a table needs no change of the generator.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from django.db.models.fields import NOT_PROVIDED

NULL = "\\N"


def text(value: object) -> str:
    """A value as a field of COPY's text format."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    plain = str(value)
    if "\\" in plain or "\n" in plain or "\t" in plain:
        plain = plain.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return plain


def columns_of(model: type[Model], named: Sequence[str], now: datetime) -> tuple[str, str]:
    """The column list for COPY, named ones first, and what every line ends with for the others."""
    fields = {field.column: field for field in model._meta.concrete_fields}
    others = {
        column: text(_default(field, now))
        for column, field in fields.items()
        if column not in named and not field.generated and not _made_by_database(field)
    }
    columns = [*named, *others]
    ending = "".join(f"\t{value}" for value in others.values()) + "\n"
    return ", ".join(f'"{column}"' for column in columns), ending


def _made_by_database(field: Field) -> bool:
    return bool(field.primary_key and field.get_internal_type() == "BigAutoField")


def _default(field: Field, now: datetime) -> object:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return now
    if field.default is not NOT_PROVIDED:
        return field.get_default()
    return None if field.null else ""


def copy_lines(
    model: type[Model], named: Sequence[str], lines: Iterable[str], now: datetime
) -> None:
    """`lines`: the named columns of a row, joined by tabs, encoded."""
    columns, ending = columns_of(model, named, now)
    connection.ensure_connection()
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy,
    ):
        chunk: list[str] = []
        for line in lines:
            chunk.append(line + ending)
            if len(chunk) == 2_000:
                copy.write("".join(chunk))
                chunk.clear()
        copy.write("".join(chunk))


def copy_rows(model: type[Model], rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Rows by column name; all have the same columns."""
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    named = list(first)

    def lines() -> Iterable[str]:
        yield "\t".join(text(value) for value in first.values())
        for row in iterator:
            yield "\t".join(text(row[name]) for name in named)

    copy_lines(model, named, lines(), now)


def sequences_reset(models: Iterable[type[Model]]) -> None:
    """New rows get keys behind those that were copied."""
    with connection.cursor() as cursor:
        for model in models:
            table, key = model._meta.db_table, model._meta.pk.column
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{key}'), "  # noqa: S608
                f'COALESCE((SELECT MAX("{key}") FROM "{table}"), 1))'
            )

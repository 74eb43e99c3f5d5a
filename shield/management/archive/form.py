"""What is in a backup, and how a row is written.

A zip file: `manifest.json` (what is in it, with digests), `tables/NAME.jsonl` (one JSON array a row, the
columns as the manifest names them) and `files/SHA256` (uploaded models and data). The form belongs to no
database: a backup of SQLite restores into PostgreSQL and the other way round.

Not in it: sessions, caches, queues, and everything that is a setting: the secret key, the key that signs
the audit trail, passwords of the database. In it: password hashes, digests of tokens, people's names and
uploaded data. Keep it like the database itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Field, Model

from shield.common.errors import InvalidInput

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LEFT_OUT: Final = frozenset({"sessions.session"})
"""Models whose rows are nothing to keep."""
CHUNK: Final = 1024**2


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a backup."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str

    @property
    def path(self) -> str:
        """Its place in the archive."""
        return f"tables/{self.name}.jsonl"


@dataclass(slots=True)
class Manifest:
    """What a backup says of itself."""

    created_at: str
    database: str
    migrations: list[list[str]]
    audit_key: str = ""  # the public half, for whoever restores it
    tables: list[Table] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)  # SHA-256 → bytes
    absent: list[str] = field(default_factory=list)  # files that the storage has lost

    def as_bytes(self) -> bytes:
        """The document."""
        facts = {
            "shield_backup": FORMAT,
            "created_at": self.created_at,
            "database": self.database,
            "audit_key": self.audit_key,
            "migrations": self.migrations,
            "tables": [
                {"name": t.name, "columns": list(t.columns), "rows": t.rows, "sha256": t.sha256}
                for t in self.tables
            ],
            "files": self.files,
            "absent": self.absent,
        }
        return json.dumps(facts, indent=1).encode()

    @classmethod
    def parse(cls, text: bytes) -> Manifest:
        """From the document; InvalidInput when it is none."""
        try:
            facts = json.loads(text)
            if facts.pop("shield_backup") != FORMAT:
                raise InvalidInput(
                    "restore.format",
                    "The backup has a newer form.",
                    "Use the version that made it.",
                )
            tables = [
                Table(t["name"], tuple(t["columns"]), int(t["rows"]), t["sha256"])
                for t in facts.pop("tables")
            ]
            return cls(tables=tables, **facts)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(
                "restore.manifest", "The file is no backup of Shield.", "Name what `backup` wrote."
            ) from error


def models() -> list[type[Model]]:
    """Every model with a table whose rows a backup keeps, the tables between models too."""
    found = apps.get_models(include_auto_created=True)
    return [
        model
        for model in found
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    ]


def columns(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns of a model's table that are stored, not computed."""
    return [each for each in model._meta.concrete_fields if not getattr(each, "generated", False)]


def applied_migrations() -> list[list[str]]:
    """Every migration that the database has, sorted."""
    from django.db import connection

    return sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations())


def encode_row(values: Sequence[object]) -> bytes:
    """One line."""
    return json.dumps(values, default=_plain, ensure_ascii=False).encode() + b"\n"


def _plain(value: object) -> object:
    """A value that JSON has no form for, as the field's `to_python` reads it back."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal | timedelta):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    raise TypeError(f"a backup has no form for {type(value).__name__}")


def decode_rows(
    model: type[Model], names: Sequence[str], lines: Iterator[bytes]
) -> Iterator[Model]:
    """The rows of a table, not saved."""
    fields = {each.attname: each for each in columns(model)}
    for line in lines:
        values = json.loads(line)
        yield model(
            **{
                name: fields[name].to_python(value)
                for name, value in zip(names, values, strict=True)
            }
        )

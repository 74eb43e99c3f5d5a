"""The database refuses to change events, seals, heads and verifications, whoever asks.

Installed after every `migrate` (SQLite drops a table's triggers when a migration rebuilds it).
UPDATE and DELETE are refused on both databases, TRUNCATE on PostgreSQL (SQLite has none), and on
SQLite an INSERT of a key that is there: `INSERT OR REPLACE` removes the old row without asking the
trigger on DELETE. Whoever may alter the tables themselves can drop a trigger; that is what the signed heads are for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

Key = tuple[str, ...]

KEYS: Final[Mapping[str, tuple[Key, ...]]] = {
    "audit_event": (("id",),),
    "audit_seal": (("id",), ("event",), ("chain", "position")),
    "audit_head": (("id",), ("chain", "position")),
    "audit_verification": (("id",),),
}
"""Table → its unique columns: a new row that shares one of them would take the place of the old."""

TABLES: Final[tuple[str, ...]] = tuple(KEYS)
SAYING: Final = "the audit trail is never changed or deleted"

FUNCTION: Final = (
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"RAISE EXCEPTION '{SAYING}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers where a table is there and they are not. Idempotent."""
    there = set(connection.introspection.table_names())
    tables = [table for table in TABLES if table in there]
    if not tables:
        return
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            for statement in _sqlite(tables):
                cursor.execute(statement)
            return
        cursor.execute(FUNCTION)
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = ANY(%s::regclass[])", [tables]
        )
        known = {name for (name,) in cursor.fetchall()}
        for name, statement in _postgresql(tables):
            if name not in known:
                cursor.execute(statement)


def _sqlite(tables: list[str]) -> Iterator[str]:
    for table in tables:
        for act in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{SAYING}'); END"
            )
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN {_is_there(table)} BEGIN SELECT RAISE(ABORT, '{SAYING}'); END"
        )


def _is_there(table: str) -> str:
    """The condition that a row with a key of NEW is there. One EXISTS for each index, so that each is used."""
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE "  # noqa: S608  (constants)
        + " AND ".join(f"{column} = NEW.{column}" for column in key)
        + ")"
        for key in KEYS[table]
    )


def _postgresql(tables: list[str]) -> Iterator[tuple[str, str]]:
    for table in tables:
        name = f"{table}_append_only"
        yield (
            name,
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        )
        name = f"{table}_no_truncate"
        yield (
            name,
            f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        )

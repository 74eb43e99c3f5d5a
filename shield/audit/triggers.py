"""The database refuses to change events, seals, heads and verifications, whoever asks.

Installed after every `migrate` (SQLite drops a table's triggers when a migration rebuilds it).
UPDATE and DELETE are refused on both databases, TRUNCATE on PostgreSQL (SQLite has none). Whoever
may alter the tables themselves can drop a trigger; that is what the signed heads are for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES: Final[tuple[str, ...]] = ("audit_event", "audit_seal", "audit_head", "audit_verification")
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

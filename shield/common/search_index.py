"""Indexes behind search boxes over millions of rows: three letters at a time, on PostgreSQL.

They need the extension pg_trgm, which the owner of a database may install wherever PostgreSQL's contrib
modules are. Without it searching works all the same, by reading every row.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """An index over some text columns of a table, in the form that `icontains` asks for."""

    name: str
    table: str
    columns: tuple[str, ...]

    def create(self, connection: BaseDatabaseWrapper) -> str:
        """Make it if it is not there; what the database says against it, "" when it did it."""
        if connection.vendor != "postgresql":
            return ""
        columns = ", ".join(f"UPPER({column}::text) gin_trgm_ops" for column in self.columns)
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute(EXTENSION)
                cursor.execute(
                    f"CREATE INDEX IF NOT EXISTS {self.name} ON {self.table} USING gin ({columns})"
                )
        except Error as error:
            return str(error).strip()
        return ""

    def drop(self, connection: BaseDatabaseWrapper) -> None:
        """Remove it; the extension stays, others may use it."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"DROP INDEX IF EXISTS {self.name}")

    def migrate(self, connection: BaseDatabaseWrapper) -> None:
        """Make it while migrating: a refusal is told, and is no reason not to migrate."""
        if refused := self.create(connection):
            print(
                f"\n  Searching {self.table} stays slow on large databases: {refused}\n"
                "  Let the database's owner run CREATE EXTENSION pg_trgm, then: "
                "manage.py search_index"
            )


FINDINGS = SearchIndex("finding_words", "findings_finding", ("title", "check_id"))
ACCEPTANCES = SearchIndex("acceptance_words", "findings_acceptance", ("title", "reason"))
EVENTS = SearchIndex("audit_event_words", "audit_event", ("object_text", "actor", "reason"))
EVERY = (FINDINGS, ACCEPTANCES, EVENTS)

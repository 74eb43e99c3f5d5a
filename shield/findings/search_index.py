"""The index behind the search box of findings: three letters at a time, on PostgreSQL.

It needs the extension pg_trgm, which the owner of a database may install wherever PostgreSQL's contrib
modules are. Without it searching works all the same, by reading every title.
"""

from __future__ import annotations

from typing import Final

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

NAME: Final = "finding_words"
_CREATE: Final = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"CREATE INDEX IF NOT EXISTS {NAME} ON findings_finding USING gin "
    "(UPPER(title::text) gin_trgm_ops, UPPER(check_id::text) gin_trgm_ops)",
)


def search_index_create(connection: BaseDatabaseWrapper) -> str:
    """Make the index if it is not there; what the database says against it, "" when it did it."""
    if connection.vendor != "postgresql":
        return ""
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for statement in _CREATE:
                cursor.execute(statement)
    except Error as error:
        return str(error).strip()
    return ""


def search_index_drop(connection: BaseDatabaseWrapper) -> None:
    """Remove the index; the extension stays, others may use it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {NAME}")

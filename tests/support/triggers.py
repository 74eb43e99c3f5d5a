"""Between transactional tests every table is emptied; the audit trail's triggers would refuse it.

They are taken away for the flush and put back, here and nowhere in the product: a test sees the
database as the product runs on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

from shield.audit.triggers import TABLES, install


@contextmanager
def without_triggers() -> Iterator[None]:
    """No trigger of the audit trail inside the context; what a tamperer with all rights would do."""
    with connection.cursor() as cursor:
        for table in TABLES:
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                for act in ("update", "delete", "replace"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                for table in TABLES:
                    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        install(connection)


@contextmanager
def flush_without_triggers() -> Iterator[None]:
    """Let Django's flush after a transactional test do its work."""
    teardown = TransactionTestCase._fixture_teardown

    def flush(case: Any) -> None:
        with without_triggers():
            teardown(case)

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", flush)
    try:
        yield
    finally:
        patch.undo()


def empty_trail() -> None:
    """Remove what setting up the database recorded, so that a test counts its own events alone."""
    with without_triggers(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608

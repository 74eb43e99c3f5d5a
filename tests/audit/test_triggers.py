"""The database refuses to change, to empty and to replace, whoever asks."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from shield.audit.models import Event, Head, Seal, Verification
from shield.audit.services import trail_verify
from shield.audit.triggers import KEYS
from shield.audit.verification import verify
from tests.audit.support import trail

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["event", "seal", "head", "verification"])
def test_the_database_refuses_to_change_the_trail(table: str, verb: str) -> None:
    trail(8)
    trail_verify(actor="ada")
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(verb.format(f"audit_{table}"))


@pytest.mark.parametrize("verb", [
    "INSERT OR REPLACE INTO {0} SELECT * FROM {0}", "REPLACE INTO {0} SELECT * FROM {0}",
    "INSERT INTO {0} SELECT * FROM {0} WHERE TRUE ON CONFLICT DO UPDATE SET id = id",
])  # fmt: skip
@pytest.mark.parametrize("table", ["event", "seal", "head", "verification"])
def test_no_insert_takes_the_place_of_a_row_of_the_trail(table: str, verb: str) -> None:
    if connection.vendor == "postgresql":
        if "REPLACE" in verb:
            pytest.skip("PostgreSQL knows no REPLACE")
        verb = verb.replace("ON CONFLICT", "ON CONFLICT (id)").replace(
            "id = id", "id = excluded.id"
        )
    trail(8)
    trail_verify(actor="ada")
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(verb.format(f"audit_{table}"))


@pytest.mark.parametrize(("table", "key"), [
    (table, key) for table, keys in KEYS.items() for key in keys if key != ("id",)
])  # fmt: skip
def test_no_insert_takes_the_place_of_a_row_by_another_unique_key(
    table: str, key: tuple[str, ...]
) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL knows no REPLACE")
    trail(8)
    model = {"audit_seal": Seal, "audit_head": Head}[table]
    columns = [str(field.column) for field in model._meta.fields if field.column != "id"]
    others = ", ".join(
        f"'{n + 700}'" if column in {"event", "position"} - {*key} else column
        for n, column in enumerate(columns)
    )
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(
            f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {others} FROM {table} LIMIT 1"
        )
    assert verify().broken is None


def test_every_unique_key_of_the_trail_is_guarded() -> None:
    for model in (Event, Seal, Head, Verification):
        single = {(str(field.column),) for field in model._meta.fields if field.unique}
        together = {tuple(each.fields) for each in model._meta.total_unique_constraints}
        assert {*single, *together} == set(KEYS[model._meta.db_table])


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["event", "seal", "head", "verification"])
def test_the_database_refuses_to_empty_the_trail(table: str) -> None:
    trail(8)
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(f"TRUNCATE audit_{table}")

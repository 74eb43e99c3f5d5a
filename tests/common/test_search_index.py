"""The indexes behind the search boxes: made where they may be, and never a reason not to migrate."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from shield.common import search_index
from shield.common.search_index import EVERY, FINDINGS
from shield.findings.models import Finding


def indexes(table: str) -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, table))


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_command_makes_them_and_may_be_repeated() -> None:
    for _ in range(2):
        call_command("search_index", verbosity=0)
        assert all(index.name in indexes(index.table) for index in EVERY)


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_refusal_is_told_and_leaves_the_transaction_usable(monkeypatch, capsys) -> None:
    monkeypatch.setattr(search_index, "EXTENSION", "CREATE EXTENSION no_such_extension")
    FINDINGS.migrate(connection)
    assert "no_such_extension" in capsys.readouterr().out
    assert Finding.objects.count() == 0
    with pytest.raises(CommandError, match="The database refused"):
        call_command("search_index")


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL has one")
@pytest.mark.django_db
def test_other_databases_need_none() -> None:
    assert FINDINGS.create(connection) == ""

"""The index behind the search box: made where it may be, and never a reason not to migrate."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from shield.findings import search_index
from shield.findings.models import Finding


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, Finding._meta.db_table))


@pytest.mark.postgres
@pytest.mark.django_db
def test_migrating_makes_it_and_the_command_may_be_repeated() -> None:
    assert search_index.NAME in indexes()
    call_command("search_index", verbosity=0)


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_refusal_is_told_and_leaves_the_transaction_usable(monkeypatch) -> None:
    refused = ("CREATE EXTENSION no_such_extension",)
    monkeypatch.setattr(search_index, "_CREATE", refused)
    assert "no_such_extension" in search_index.search_index_create(connection)
    assert Finding.objects.count() == 0
    with pytest.raises(CommandError, match="The database refused"):
        call_command("search_index")


@pytest.mark.django_db
def test_other_databases_need_none() -> None:
    assert connection.vendor == "postgresql" or search_index.search_index_create(connection) == ""

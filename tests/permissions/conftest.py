"""The stage of the walks: made once a module, and each test plays on a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.permissions.objects import Side
from tests.permissions.walking import Stage, stage
from tests.support.migrated import as_after_migrate


@pytest.fixture(scope="module")
def whole(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """The stage, in a transaction as long as the module: each test's own is a savepoint in it.

    For SQLite only, where each process has a database of its own: on PostgreSQL, tests of the outbox
    wait for every transaction of the cluster (tests/support/suite.py leaves the walks out there).
    """
    with django_db_blocker.unblock(), transaction.atomic():
        as_after_migrate()
        yield stage()
        transaction.set_rollback(True)


@pytest.fixture
def sides(whole: Stage) -> tuple[Side, Side]:
    """Copies: services change the instances that they are given."""
    return deepcopy(whole.sides)

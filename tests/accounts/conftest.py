"""What the tests of accounts share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from shield.accounts.choices import Role
from shield.accounts.models import User
from tests import factories
from tests.support.signing_in import sign_in


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Codes that were used, and events that were just written, are of this test alone."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def root(db: None) -> User:
    """The administrator of everything."""
    return factories.user("root", role=Role.ADMINISTRATOR)


@pytest.fixture
def as_root(root: User) -> Client:
    client = Client()
    sign_in(client, root)
    return client

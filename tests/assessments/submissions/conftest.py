"""Who hands in, and what."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from shield.accounts.choices import Role
from shield.accounts.models import User
from tests import factories
from tests.resilience.support import service
from tests.support.handing_in import client


@pytest.fixture
def engineer() -> User:
    return factories.user(role=Role.ENGINEER)


@pytest.fixture
def sender(engineer: User) -> Client:
    return client(engineer)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return service(tmp_path / "service")

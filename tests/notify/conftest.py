"""What tests of notifications share."""

from __future__ import annotations

from typing import Any

import pytest

from shield.findings.models import Finding
from tests import factories


@pytest.fixture
def loopback(settings: Any) -> None:
    """Let webhooks reach the receivers that the tests run on this machine."""
    settings.OUTBOUND_LOOPBACK = True


@pytest.fixture
def finding() -> Finding:
    """One in the business unit retail."""
    return factories.finding(factories.run(factories.version(factories.service(
        unit=factories.unit("retail")))))  # fmt: skip

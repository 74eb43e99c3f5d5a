"""What the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessments.services import register
from shield.registry.models import Version
from tests.resilience.support import service


@pytest.fixture
def version(tmp_path: Path) -> Version:
    """A registered version with two checks."""
    return register(manifest_path=service(tmp_path / "service"), actor="test")

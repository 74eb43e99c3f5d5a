"""Each test has a folder of published heads of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.audit.support import count_anew
from tests.support.triggers import empty_trail


@pytest.fixture(autouse=True)
def heads(tmp_path: Path, settings: Any) -> Path:
    """The folder that heads are published to."""
    folder = tmp_path / "heads"
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        "audit": {"BACKEND": backend, "OPTIONS": {"location": folder, "base_url": None}},
    }
    return folder


@pytest.fixture(autouse=True)
def _only_own_events(db: None) -> None:
    empty_trail()
    count_anew()

"""Each test has a folder of published heads of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


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

"""A full disk: exit code 3, what to do, and nothing half-registered."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection

from shield.registry.models import Service, StoredFile, Version
from tests.badinput.cases import good
from tests.support.assessing import assess

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_disk_that_fills_up_while_artefacts_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    done = assess(good(tmp_path))
    assert done.exit == 3
    assert "no space left" in done.errors.lower()
    assert "Traceback" not in done.errors
    assert not Service.objects.exists()
    assert not Version.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_result_that_cannot_be_written_is_not_a_verdict(tmp_path: Path) -> None:
    done = assess(good(tmp_path), "--html", "/dev/full")
    assert done.exit == 3
    assert "/dev/full" in done.errors
    assert "space" in done.errors.lower()


def test_a_database_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Service.save

    def full(self: Service, *arguments: object, **named: object) -> None:
        original(self, *arguments, **named)
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(Service, "save", full)
    done = assess(good(tmp_path))
    assert done.exit == 3
    assert "disk is full" in done.errors
    assert not Service.objects.exists()
    assert connection.is_usable()

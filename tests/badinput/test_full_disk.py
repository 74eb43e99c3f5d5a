"""A full disk: exit code 3, what to do, and nothing half-registered."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from shield.registry import files
from shield.registry.models import Service, StoredFile, Version
from tests.architecture.sources import ROOT
from tests.badinput.cases import GOOD_ROWS, good, with_table
from tests.support.assessing import assess

pytestmark = pytest.mark.django_db(transaction=True)


# A tmpfs of 8 MB in a mount namespace of its own: migrate, assess a table of 12 MB, count the rows.
REAL = r"""
set -eu
mount -t tmpfs -o size=8m tmpfs "$SHIELD_VAR_DIR"
"$PYTHON" manage.py migrate --verbosity 0
set +e
"$PYTHON" manage.py assess "$1"
echo "exit $?"
"$PYTHON" manage.py shell --no-imports -c "
from shield.registry.models import Service, StoredFile, Version
print('rows', sum(kind.objects.count() for kind in (Service, StoredFile, Version)))
"
find "$SHIELD_VAR_DIR" -size +1M -not -name "shield.sqlite3*"
"""


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine forbids mount namespaces (unshare --user --mount)")
    folder, var = tmp_path / "service", tmp_path / "var"
    folder.mkdir()
    var.mkdir()
    lines = [GOOD_ROWS[0], *(row + "0" * 30 for row in GOOD_ROWS[1:] * 400)]
    path = with_table(folder, "\n".join(lines).encode())
    assert (folder / "test.csv").stat().st_size > 10_000_000
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "shield.settings.local",
        "SHIELD_VAR_DIR": str(var),
        "SHIELD_DATABASE_URL": f"sqlite:///{var / 'shield.sqlite3'}",
        "PYTHON": sys.executable,
    }
    done = subprocess.run(
        [*alone, "bash", "-c", REAL, "bash", path],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["exit", "3", "rows", "0"], done.stdout + done.stderr
    assert "full" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_disk_that_fills_up_while_artefacts_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> tuple[str, int]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "_copy", full)
    done = assess(good(tmp_path))
    assert done.exit == 3
    assert "full" in done.errors
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

"""An embedded database that was migrated once: to migrate an empty file takes seconds, to copy it none."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.architecture.sources import ROOT

DATABASE: Final = "shield.sqlite3"


def migrated(shared: Path) -> Path:
    """The file in the folder `shared`, made by whichever process comes first; the others wait for it."""
    shared.mkdir(parents=True, exist_ok=True)
    made = shared / "made"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _migrate(shared)
            made.touch()
    return shared / DATABASE


def _migrate(var: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={key: value for key, value in os.environ.items() if key != "SHIELD_DATABASE_URL"}
        | {"SHIELD_VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "shield.settings.local"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def install(source: Path, var: Path) -> Path:
    """The folder of an embedded installation after `migrate`, from a file of `migrated`."""
    var.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, var / DATABASE)
    return var

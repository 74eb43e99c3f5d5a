"""The embedded profile's folder: private from the first moment, with one secret whoever comes first."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PRINT_SECRET = "import shield.settings.local as local; print(local.SECRET_KEY)"


def start(var: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SHIELD_")
    } | {"SHIELD_VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "shield.settings.local"}
    return subprocess.Popen(
        [sys.executable, *arguments], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True,
        umask=0o022,
    )  # fmt: skip


def secret(var: Path) -> str:
    output, _ = start(var, "-c", PRINT_SECRET).communicate(timeout=60)
    return output.strip()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_processes_that_start_together_on_a_fresh_machine_agree_on_one_secret(
    tmp_path: Path,
) -> None:
    var = tmp_path / "new" / "var"
    started = [start(var, "-c", PRINT_SECRET) for _ in range(6)]
    found = {process.communicate(timeout=60)[0].strip() for process in started}
    assert len(found) == 1
    assert len(found.pop()) >= 50
    assert (mode(var), mode(var / "secret")) == (0o700, 0o600)


def test_a_secret_that_was_cut_off_is_made_anew_and_a_whole_one_is_kept(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    first = secret(tmp_path)
    assert len(first) >= 50
    assert secret(tmp_path) == first


def test_a_folder_that_is_there_keeps_its_rights_but_the_database_in_it_is_private(
    tmp_path: Path,
) -> None:
    var = tmp_path / "shared"
    var.mkdir(mode=0o755)
    code = (
        "import django; django.setup()\n"
        "from shield.management.database import ensure_database; ensure_database()\n"
        "from shield.accounts.models import User; User.objects.create(username='x')"
    )
    process = start(var, "-c", code)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert mode(var) == 0o755
    databases = list(var.glob("shield.sqlite3*"))
    assert databases
    assert {mode(path) for path in databases} == {0o600}

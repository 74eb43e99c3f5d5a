"""The database server is really stopped in the middle of a run, and comes back half a minute later.

    python -m tests.support.postgres python -m benchmarks.resilience_outage [--away 30]

Only for the throw-away cluster of `tests.support.postgres`: it is stopped without a warning
(`pg_ctl stop -m immediate`) and started again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.resilience import _manifest, _start_django
from tests.support.postgres import programs, server_user


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--away", type=float, default=30.0, help="seconds without database (30)")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shield-outage-"))
    try:
        return measure(folder, away_s=options.away)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, *, away_s: float) -> int:
    """One undisturbed run, one with the outage, compared."""
    _start_django(folder / "var")
    from django.conf import settings

    from benchmarks.resilience_rounds import Rounds  # only after Django has its settings

    home = Path(settings.DATABASES["default"]["HOST"])
    if not (home / "data" / "PG_VERSION").exists():
        print("needs the cluster of tests.support.postgres", file=sys.stderr)
        return 3
    rounds = Rounds(_manifest(folder))
    _, seconds = rounds.undisturbed()

    def outage() -> None:
        time.sleep(seconds / 2)
        _control(home, "-m", "immediate", "stop")
        time.sleep(away_s)
        _control(home, "-o", f"-k {home} -c listen_addresses=''", "start")

    began = time.perf_counter()
    attempts = rounds.through(f"{away_s:g} s without database", outage)
    print(f"{'seconds of an undisturbed run':<44} {seconds:.3f}")
    print(f"{'seconds of the run with the outage':<44} {time.perf_counter() - began:.1f}")
    print(f"{'attempts that the run needed':<44} {attempts}")
    print(f"{'findings or measurements twice':<44} {rounds.doubles}")
    print(f"{'differences':<44} {rounds.differences}")
    return 1 if rounds.differences or rounds.doubles else 0


def _control(home: Path, *arguments: str) -> None:
    folder = programs()
    assert folder is not None
    subprocess.run(
        [folder / "pg_ctl", "-D", home / "data", "-w", "-t", "60", *arguments],
        user=server_user(),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", "")},
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())

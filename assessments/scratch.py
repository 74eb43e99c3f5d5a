"""Folders for what a run unpacks: one per attempt, and none that outlives its worker for long.

They hold copies of people's data, so a killed worker's folder is removed by whoever goes on with
the run, or by the sweep.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings

from shield.records.choices import RunState
from shield.records.leases import Lease
from shield.records.models import Run

ORPHAN_AGE_S = 24 * 3600.0
_RUN = "run-"


def _base() -> Path:
    base = Path(settings.SCRATCH_DIR)
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    return base


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """An empty folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"{purpose}-", dir=_base()) as path:
        yield Path(path)


@contextmanager
def folder_of_run(lease: Lease) -> Iterator[Path]:
    """An empty folder for this attempt; those of earlier attempts on this machine are removed."""
    for old in _base().glob(f"{_RUN}{lease.run_id}-*"):
        shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_RUN}{lease.run_id}-", dir=_base()) as path:
        yield Path(path)


def sweep(*, now: float | None = None) -> int:
    """Remove folders of runs that are not running, and any that is a day old; answers how many."""
    oldest = (now or time.time()) - ORPHAN_AGE_S
    removed = 0
    for path in _base().iterdir():
        if path.stat().st_mtime < oldest or _is_orphan(path):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _is_orphan(path: Path) -> bool:
    if not path.name.startswith(_RUN):
        return False
    run_id = path.name.removeprefix(_RUN)[:36]
    return not Run.objects.filter(pk=UUID(run_id), state=RunState.RUNNING).exists()

"""How fast events are written, sealed and verified.

    python -m benchmarks.audit [--quick] [--events 100000] [--json F]

Writes events in bulk as a busy year leaves them (before and after, several chains), seals them, and
verifies the whole trail; then once more with a sealer and an importer at work at the same time. The
promise is 100,000 verified events in at most 5 s on one core. On PostgreSQL:

    python -m tests.support.postgres python -m benchmarks.audit
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BAR_S = 5.0
BAR_EVENTS = 100_000
ACTS = ("finding.start", "finding.open", "run.finish", "service.change", "user.create")


def main() -> int:
    """Measure, print, and say by the exit code whether the promise is kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10,000 events")
    parser.add_argument("--events", type=int, default=BAR_EVENTS)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shield-audit-"))
    try:
        figures = measure(folder, 10_000 if options.quick else options.events)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in figures.items():
        print(f"{name:<44} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if figures["kept"] else 1


def measure(folder: Path, events: int) -> dict[str, Any]:
    """All figures, in the database that the environment names."""
    _start_django(folder)
    from django.db import connection

    from shield.audit.services import events_seal, record_all
    from shield.audit.verification import verify

    events_seal()  # what setting up the database recorded
    wrote, _ = _timed(lambda: _write(events))
    sealed, done = _timed(lambda: events_seal(thorough=True))
    assert done.events == events
    cpu = time.process_time()
    verified, report = _timed(verify)
    cpu = time.process_time() - cpu
    assert report.broken is None, report.broken
    assert report.events >= events
    idle, _ = _timed(events_seal)
    beside = _beside(10_000, record_all, events_seal)
    assert verify().broken is None
    per_bar = verified * BAR_EVENTS / events
    return {
        "database": connection.vendor,
        "events": events,
        "written, events a second": round(events / wrote),
        "sealed, events a second": round(events / sealed),
        "verified, events a second": round(events / verified),
        "verified, s": round(verified, 2),
        "verified, s of this process's CPU": round(cpu, 2),
        f"verified, s per {BAR_EVENTS:,} (at most {BAR_S:g})": round(per_bar, 2),
        "a sealing round with nothing to do, ms": round(idle * 1000, 1),
        "10,000 events written alone, s": beside[0],
        "10,000 events written beside a sealer, s": beside[1],
        "kept": per_bar <= BAR_S,
    }


def _start_django(folder: Path) -> None:
    os.environ["SHIELD_VAR_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "shield.settings.local"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _drafts(count: int, start: int = 0) -> list[Any]:
    from shield.audit.services import Draft

    return [
        Draft(
            actor=f"person{n % 50}@example.org",
            act=ACTS[n % len(ACTS)],
            object_type="finding",
            object_id=n,
            object_text=f"Approval rate of race = black is {n % 30} points below that of all others",
            before={"state": "open", "severity": "high", "due_at": "2026-11-20T09:00:00+00:00"},
            after={"state": "in_progress", "severity": "high", "share": n / 7, "owner": "mira"},
            reason="Looked at with the owner of the model",
            unit=n % 12 or None,
        )
        for n in range(start, start + count)
    ]


def _write(count: int) -> None:
    from shield.audit.services import record_all

    for start in range(0, count, 10_000):
        record_all(drafts=_drafts(min(10_000, count - start), start))


def _beside(
    count: int, record_all: Callable[..., Any], events_seal: Callable[[], Any]
) -> tuple[float, float]:
    """Seconds to write `count` events alone, and while a sealer works without a pause."""
    from django.db import connection

    drafts = _drafts(count)
    alone, _ = _timed(lambda: record_all(drafts=drafts))
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            events_seal()
        connection.close()

    sealer = threading.Thread(target=work)
    sealer.start()
    beside, _ = _timed(lambda: record_all(drafts=drafts))
    stop.set()
    sealer.join()
    events_seal()
    return round(alone, 2), round(beside, 2)


if __name__ == "__main__":
    sys.exit(main())

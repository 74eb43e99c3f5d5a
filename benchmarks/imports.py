"""How long a run with 10,000 failed measurements takes to import: `python -m benchmarks.imports [--quick]`.

Records the measurements of 20 checks as a worker does, then finishes the run: gate, findings, clocks,
timeline, audit events and the service's standing, in one transaction. Four times: the first run opens
the findings, the second sees them again, the third resolves them, and the fourth brings them back. On
SQLite, and on a private PostgreSQL where one is installed. The promise: ≤ 15 s each; the seconds of this
process alone are printed too, for machines that have other work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.postgres import cluster, programs

PROMISE_S = 15.0
CHECKS = 20
RUNS = (("opened", True), ("seen again", True), ("resolved", False), ("regressed", True))
"""What a run does to the findings, and whether its measurements fail."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--failures", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="1,000 failures")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--case", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    failures = 1_000 if options.quick else options.failures
    if options.case:
        print(json.dumps(measure(failures)))
        return 0
    results = {"SQLite": case(failures, "")}
    if programs():
        with cluster(settings={"fsync": "on", "synchronous_commit": "on"}) as url:
            results["PostgreSQL"] = case(failures, url)
    print(f"{failures:,} failed measurements in {CHECKS} checks; seconds")
    print(
        f"{'database':12}{'findings':12}{'records':>10}{'finish':>10}{'all':>10}{'processor':>11}"
    )
    for name, runs in results.items():
        for (what, _), each in zip(RUNS, runs, strict=True):
            whole = each["records"] + each["finish"]
            print(
                f"{name:12}{what:12}{each['records']:10.2f}{each['finish']:10.2f}{whole:10.2f}"
                f"{each['processor']:11.2f}"
            )
    print(f"Load average {', '.join(f'{each:.1f}' for each in os.getloadavg())}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    slowest = max(each["records"] + each["finish"] for runs in results.values() for each in runs)
    return int(slowest > PROMISE_S)


def case(failures: int, url: str) -> list[dict[str, float]]:
    """All runs on one database, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ, "SHIELD_VAR_DIR": folder, "OMP_NUM_THREADS": "1",
            "DJANGO_SETTINGS_MODULE": "shield.settings.local",
            **({"SHIELD_DATABASE_URL": url} if url else {}),
        }  # fmt: skip
        command = [
            sys.executable,
            "-m",
            "benchmarks.imports",
            "--case",
            "--failures",
            str(failures),
        ]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def measure(failures: int) -> list[dict[str, float]]:
    """Each run: seconds for its check records, and for finishing it."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from shield.findings.models import Finding
    from tests import factories

    version = factories.version()
    found = []
    for state, (_, fails) in zip(("open", "open", "resolved", "regressed"), RUNS, strict=True):
        found.append(one_run(version, failures, fails=fails))
        assert Finding.objects.filter(state=state).count() == failures
    return found


def one_run(version: object, failures: int, *, fails: bool = True) -> dict[str, float]:
    """As a worker does it, without the checks' arithmetic."""
    from assessments.core.subject import Task
    from assessments.finishing import finish
    from shield.records.services import (
        PlannedRecord,
        check_record_finish,
        check_record_start,
        run_claim,
        run_create,
        run_plan,
    )
    from tests import sample_measurements as sample

    names = [f"fairness.check_{number}" for number in range(CHECKS)]
    run = run_create(
        version=version, plan=[], inputs={}, policy=sample.policy(), seed=0, actor="benchmark"
    )
    lease = run_claim(run_id=run.pk, worker=f"benchmark {run.pk}")
    assert lease is not None
    records = run_plan(
        lease=lease,
        planned=[PlannedRecord(name, "1", f"Check {name}", {}) for name in names],
    )
    prepared = [measurements(name, failures // CHECKS, fails=fails) for name in names]
    start, busy = time.perf_counter(), time.process_time()
    for record, found in zip(records, prepared, strict=True):
        check_record_start(lease=lease, record=record)
        check_record_finish(
            lease=lease,
            record=record,
            outcome=prepared[0][0].outcome,
            measurements=found,
            progress=0.5,
        )
    recorded = time.perf_counter()
    run.refresh_from_db()
    finish(
        lease=lease, run=run, task=Task.BINARY, warnings=[], isolation={}, duration_s=1.0
    )  # fmt: skip
    ended = time.perf_counter()
    return {
        "records": recorded - start,
        "finish": ended - recorded,
        "processor": time.process_time() - busy,
    }


def measurements(check: str, count: int, *, fails: bool) -> list:
    """As many slices, with sentences as long as real ones."""
    from shield.evidence.measurement import Interval, Measurement, Threshold
    from shield.evidence.outcome import Outcome, Severity

    value = 0.5 if fails else 0.9
    return [
        Measurement(
            check=check, value=value, interval=Interval(value - 0.05, value + 0.05), slice={"branch": f"{number:04d}"},
            confidence=0.95, n=500, unit="ratio", method="score interval", simultaneous=True,
            threshold=Threshold(min=0.8), outcome=Outcome.FAIL if fails else Outcome.PASS, severity=Severity.HIGH if fails else None,
            sentence=f"The rate of branch {number:04d} is {value:.2f} (95 % interval) of all other rows; "
            "at least 0.80 is asked for.",
        )
        for number in range(count)
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

"""A queued run with two planned checks, and a measurement to commit."""

from __future__ import annotations

from collections.abc import Sequence

from shield.evidence.measurement import Interval, Measurement
from shield.evidence.outcome import Outcome
from shield.evidence.policy import Policy
from shield.records.leases import Lease
from shield.records.models import CheckRecord, Run
from shield.records.services import (
    PlannedRecord,
    check_record_finish,
    run_claim,
    run_create,
    run_finish,
    run_plan,
)
from tests import factories, sample_measurements

PLANNED = [PlannedRecord("fairness.a", "1.0", "A", {}), PlannedRecord("fairness.b", "1.0", "B", {})]


def queued(policy: Policy | None = None) -> Run:
    return run_create(
        version=factories.version(),
        plan=[{"check": each.check_id, "version": "1.0", "parameters": {}} for each in PLANNED],
        inputs={},
        policy=policy or sample_measurements.policy(),
        seed=0,
        actor="alice",
    )


def claimed(run: Run | None = None, worker: str = "A") -> Lease:
    lease = run_claim(run_id=(run or queued()).pk, worker=worker)
    assert lease is not None
    return lease


def planned(lease: Lease) -> list[CheckRecord]:
    return run_plan(lease=lease, planned=PLANNED)


def measured(check: str = "fairness.a", group: str = "x") -> Measurement:
    return Measurement(
        check, 0.5, Interval(0.4, 0.6), slice={"race": group}, outcome=Outcome.PASS, seed=0
    )


def commit(lease: Lease, record: CheckRecord, measurements: Sequence[Measurement] = ()) -> bool:
    found = measurements or [measured(record.check_id)]
    return check_record_finish(
        lease=lease, record=record, outcome=Outcome.PASS, measurements=found, progress=0.5
    )


def finished(lease: Lease) -> Run:
    return run_finish(
        lease=lease,
        outcome=Outcome.PASS,
        pillars={"fairness": Outcome.PASS},
        coverage={"planned": 2, "measured": 2, "skipped": 0, "error": 0},
        gate={"outcome": "pass", "exit": 0, "fail_on": "high", "accepted": []},
        warnings=[("w", "twice"), ("w", "twice")],
        reproducibility={"seed": 0},
    )

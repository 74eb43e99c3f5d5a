"""Writing runs: every transition of a run and of its check records, each one transaction.

What a worker writes goes through its lease (see `leases`): a worker whose run was given to
another writes nothing. Everything is idempotent, so that a commit whose answer was lost may be
repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from shield.audit.services import record as audit
from shield.common.errors import Conflict, ShieldError
from shield.evidence.canonical import digest
from shield.evidence.measurement import Measurement
from shield.evidence.outcome import Outcome
from shield.evidence.policy import Policy
from shield.records.choices import RunState
from shield.records.leases import Lease, LeaseLost, lease_claim, lease_end, lease_hold
from shield.records.measurements import measurement_row
from shield.records.models import CheckRecord, MeasurementRecord, Run, RunLog
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.models import Version

WORKER = "system"
LONGEST_LINE = 20_000


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """What a run knows of a check before it runs."""

    check_id: str
    version: str
    title: str
    parameters: Mapping[str, object]

    @property
    def pillar(self) -> str:
        """The part of the id before the first dot."""
        return self.check_id.split(".", 1)[0]


def log_add(*, run_id: UUID, message: str, level: str = "info") -> None:
    """Append a line to the run's log; very long ones (a traceback) keep their end."""
    RunLog.objects.create(run_id=run_id, level=level, message=message[-LONGEST_LINE:])


def warnings_as_json(warnings: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """(code, message) as the result document has it, each once, in the order given."""
    return [{"code": code, "message": message} for code, message in dict.fromkeys(warnings)]


@transaction.atomic
def run_create(
    *,
    version: Version,
    plan: Sequence[Mapping[str, object]],
    inputs: Mapping[str, object],
    policy: Policy,
    seed: int,
    actor: str,
    warnings: Sequence[tuple[str, str]] = (),
) -> Run:
    """A queued run that carries everything needed to execute it; nothing is sent anywhere."""
    rules = policy.as_json()
    run = Run.objects.create(
        service=version.service,
        version=version,
        plan=[dict(entry) for entry in plan],
        inputs=dict(inputs),
        policy=rules,
        policy_sha256=digest(rules),
        seed=seed,
        requested_by=actor[:200],
        warnings=warnings_as_json(warnings),
    )
    run.datasets.set(version.datasets.all())
    log_add(run_id=run.pk, message=f"Requested by {actor}.")
    _audit(run, "run.start", actor, after={"version": version.label, "seed": seed})
    return run


@transaction.atomic
def run_claim(*, run_id: UUID, worker: str) -> Lease | None:
    """Claim a queued run for `worker`, a name made for this execution; None: not to be had."""
    lease = lease_claim(run_id=run_id, worker=worker[:100])
    if lease is not None:
        again = f", attempt {lease.attempt}" if lease.attempt > 1 else ""
        log_add(run_id=run_id, message=f"Claimed by {lease.worker}{again}.")
    return lease


@transaction.atomic
def run_plan(*, lease: Lease, planned: Sequence[PlannedRecord]) -> list[CheckRecord]:
    """Make the check records of the run; those that an earlier attempt made stay as they are."""
    lease_hold(lease)
    CheckRecord.objects.bulk_create(
        [
            CheckRecord(
                run_id=lease.run_id,
                position=position,
                check_id=check.check_id,
                check_version=check.version,
                pillar=check.pillar,
                title=check.title[:200],
                parameters=dict(check.parameters),
            )
            for position, check in enumerate(planned)
        ],
        ignore_conflicts=True,
    )
    records = list(CheckRecord.objects.filter(run_id=lease.run_id).order_by("position"))
    done = sum(record.finished_at is not None for record in records)
    kept = f"; {done} done by an earlier attempt" if done else ""
    log_add(run_id=lease.run_id, message=f"{len(records)} checks planned{kept}.")
    return records


@dataclass(frozen=True, slots=True)
class Begun:
    """How often a check has begun, this time included, and whether the run is to be cancelled."""

    attempts: int
    cancel_requested: bool


@transaction.atomic
def check_record_start(*, lease: Lease, record: CheckRecord) -> Begun:
    """Note that the check begins, so that one that kills its worker is known by its attempts."""
    lease_hold(lease, phase=record.title[:200])
    mine = CheckRecord.objects.filter(pk=record.pk)
    mine.update(attempts=F("attempts") + 1)
    attempts, cancelled_at = mine.values_list("attempts", "run__cancel_requested_at").get()
    return Begun(attempts, cancelled_at is not None)


@transaction.atomic
def check_record_finish(
    *,
    lease: Lease,
    record: CheckRecord,
    outcome: Outcome | None,
    measurements: Sequence[Measurement],
    reason: str | None = None,
    warnings: Sequence[tuple[str, str]] = (),
    duration_s: float = 0.0,
    progress: float = 0.0,
    log: str = "",
) -> bool:
    """Commit a check's result: the record, its measurements and the run's progress together.

    False when the check already has its result (it is kept: the first one stands).
    """
    lease_hold(lease, progress=progress)
    touched = CheckRecord.objects.filter(pk=record.pk, finished_at=None).update(
        outcome=outcome.value if outcome else None,
        reason=reason,
        warnings=warnings_as_json(warnings),
        duration_s=duration_s,
        finished_at=timezone.now(),
    )
    if not touched:
        return False
    MeasurementRecord.objects.bulk_create(
        [
            measurement_row(measurement, record=record, position=position)
            for position, measurement in enumerate(measurements)
        ],
        batch_size=500,
    )
    said = f"{record.check_id}: {outcome.value if outcome else 'measured'}"
    log_add(run_id=lease.run_id, message=f"{said} ({reason})" if reason else said)
    if log:
        log_add(run_id=lease.run_id, message=log, level="error")
    return True


@transaction.atomic
def run_finish(
    *,
    lease: Lease,
    outcome: Outcome | None,
    pillars: Mapping[str, Outcome | None],
    coverage: Mapping[str, int],
    gate: Mapping[str, object],
    warnings: Sequence[tuple[str, str]],
    reproducibility: Mapping[str, object],
    left_out: Sequence[str] = (),
) -> Run:
    """The run is finished. Compose with the update of findings in one outer transaction."""
    try:
        lease_end(
            lease,
            RunState.FINISHED,
            outcome=outcome.value if outcome else None,
            pillars={name: worst.value if worst else None for name, worst in pillars.items()},
            coverage=dict(coverage),
            left_out=list(left_out),
            gate=dict(gate),
            warnings=warnings_as_json(warnings),
            reproducibility=dict(reproducibility),
            progress=1.0,
        )
    except LeaseLost:
        if not _ended_by(lease, RunState.FINISHED):
            raise
        return Run.objects.get(pk=lease.run_id)  # the answer of an earlier commit was lost
    run = Run.objects.get(pk=lease.run_id)
    log_add(run_id=run.pk, message=f"Finished: {run.outcome or 'nothing was judged'}.")
    _audit(run, "run.finish", WORKER, after={"outcome": run.outcome, "gate": run.gate})
    return run


def run_fail(*, lease: Lease, error: ShieldError) -> Run:
    """The run cannot be done with what it was given (expected): failed."""
    return _run_stop(lease, RunState.FAILED, error)


def run_error(*, lease: Lease, error: ShieldError, log: str) -> Run:
    """The run met a bug: errored."""
    return _run_stop(lease, RunState.ERRORED, error, log)


@transaction.atomic
def _run_stop(lease: Lease, state: RunState, error: ShieldError, log: str = "") -> Run:
    try:
        lease_end(lease, state, error=_as_json(error))
    except LeaseLost:
        if not _ended_by(lease, state):
            raise
        return Run.objects.get(pk=lease.run_id)
    run = Run.objects.get(pk=lease.run_id)
    if log:
        log_add(run_id=run.pk, message=log, level="error")
    log_add(run_id=run.pk, message=f"{state.label}: {error}", level="error")
    _audit(run, f"run.{'fail' if state is RunState.FAILED else 'error'}", WORKER, after=run.error)
    return run


@transaction.atomic
def run_stop_cancelled(*, lease: Lease) -> Run:
    """The worker saw the request and stopped; finished checks keep their results."""
    lease_end(lease, RunState.CANCELLED)
    log_add(run_id=lease.run_id, message="Cancelled.")
    return Run.objects.get(pk=lease.run_id)


@transaction.atomic
def run_cancel(*, run_id: UUID, actor: str) -> Run:
    """Cancel at once what is queued; ask the worker of what is running. Conflict when it has ended."""
    now = timezone.now()
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state in RunState.ended():
        raise Conflict(
            "run.ended",
            f"The run has already ended ({RunState(run.state).label.lower()}).",
            "Start a new run if you need another result.",
        )
    if run.cancel_requested_at is not None:
        return run
    if run.state == RunState.QUEUED:
        run.state, run.finished_at = RunState.CANCELLED, now
    run.cancel_requested_at = now
    run.save(update_fields=["state", "finished_at", "cancel_requested_at"])
    log_add(run_id=run.pk, message=f"Cancelling was requested by {actor}.")
    _audit(run, "run.cancel", actor, after={"state": str(run.state)})
    return run


def _ended_by(lease: Lease, state: RunState) -> bool:
    return Run.objects.filter(
        pk=lease.run_id, state=state, worker=lease.worker, attempt=lease.attempt
    ).exists()


def _as_json(error: ShieldError) -> dict[str, str]:
    return {"code": error.code, "message": error.message, "hint": error.hint}


def _audit(run: Run, act: str, actor: str, after: Mapping[str, object] | None) -> None:
    audit(
        actor=actor,
        act=act,
        object_type="run",
        object_id=run.pk,
        object_text=str(run),
        after=dict(after) if after is not None else None,
        unit=run.unit_id,
    )
    SERVICE_CHANGED.tell([run.service_id])

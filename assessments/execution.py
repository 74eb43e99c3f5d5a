"""Executes one run: claim, prepare, check after check, finish. Safe to kill at any moment.

Each step ends in one commit (see `shield.records.services`), so a worker that dies loses at most
the check it was in; whoever claims the run next goes on from there.
"""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError

from assessments.core.check import REGISTRY
from assessments.core.engine import Cancelled, FinishedCheck, run_check
from assessments.core.parameters import parameters_as_json
from assessments.core.planning import PlannedCheck, plan_checks
from assessments.core.plugins import load_checks
from assessments.core.subject import Subject
from assessments.finishing import finish
from assessments.scratch import folder_of_run
from assessments.subjects import prepare_subject
from shield.common.errors import InvalidInput, MissingPrerequisite, ShieldError
from shield.evidence.measurement import unmeasured
from shield.evidence.outcome import Outcome
from shield.evidence.policy import Policy
from shield.records import services as records
from shield.records.heartbeat import Heartbeat
from shield.records.leases import Lease, LeaseLost
from shield.records.models import CheckRecord, Run
from shield.records.patience import patiently
from shield.records.services import PlannedRecord
from shield.sandbox.client import SandboxFailure

CHECK_ATTEMPTS = 3
"""Workers that a check may kill before it is recorded as an error and the run goes on without it."""

PREPARED = 0.3  # the share of a run's progress that reading and scoring stands for

Progress = Callable[[float, str], None]
log = structlog.get_logger(__name__)


def execute(*, run_id: UUID, worker: str, progress: Progress | None = None) -> Run:
    """Execute a queued run to its end, or return at once when it is not there to be claimed.

    `worker` is a name made for this call. `progress(fraction, message)` hears how far it is. The
    run's state says how it ended; only a database that stays away is raised, and an interrupt
    from the keyboard, which cancels the run.
    """
    lease = patiently(partial(records.run_claim, run_id=run_id, worker=worker))
    if lease is None:
        log.info("run_not_claimed", run_id=str(run_id))
    else:
        with structlog.contextvars.bound_contextvars(run_id=str(run_id)):
            _execute(lease, progress or (lambda fraction, message: None))
    return patiently(lambda: Run.objects.select_related("service", "version").get(pk=run_id))


def _execute(lease: Lease, listener: Progress) -> None:
    heartbeat = Heartbeat(lease)

    def report(fraction: float, message: str) -> None:
        heartbeat.report(fraction, message)
        listener(fraction, message)
        if heartbeat.stop_reason is not None:
            raise Cancelled(heartbeat.stop_reason)

    try:
        try:
            with heartbeat:
                _work(lease, report)
        except (Cancelled, KeyboardInterrupt) as stop:
            if heartbeat.stop_reason == "lost":
                raise LeaseLost(lease) from stop
            patiently(partial(records.run_stop_cancelled, lease=lease))
            if isinstance(stop, KeyboardInterrupt):
                raise
        except (LeaseLost, OperationalError, InterfaceError):
            raise  # a database that stays away: the lease runs out and the reaper takes over
        except Exception as error:
            _stop(lease, error)
    except LeaseLost as lost:
        log.warning("lease_lost", attempt=lost.args[0])


def _stop(lease: Lease, error: Exception) -> None:
    """failed, when it was the input or the machine; errored, when it was a bug."""
    known: ShieldError | None = error if isinstance(error, ShieldError) else None
    if isinstance(error, SandboxFailure) and error.code != "sandbox_internal_error":
        known = InvalidInput(error.code, error.message, error.hint)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        known = MissingPrerequisite(
            "disk.full", f"There is no room on the disk: {error}.", "Free space, then start again."
        )
    if known is not None:
        patiently(partial(records.run_fail, lease=lease, error=known))
        return
    trace = "".join(traceback.format_exception(error))
    log.error("run_errored", trace=trace)
    bug = ShieldError(
        "run.bug",
        f"{type(error).__name__}: {error}",
        "This is a bug of the product; its log has the details.",
    )
    patiently(partial(records.run_error, lease=lease, error=bug, log=trace))


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every check of the run is given."""

    subject: Subject
    policy: Policy
    seed: int


def _work(lease: Lease, report: Progress) -> None:
    run = patiently(
        lambda: Run.objects.select_related("service", "version__artefact").get(pk=lease.run_id)
    )
    started = time.perf_counter()
    report(0.0, "Reading the data")
    with folder_of_run(lease) as scratch:
        subject, warnings, isolation = patiently(
            partial(
                prepare_subject,
                run,
                scratch=scratch,
                progress=lambda fraction, message: report(PREPARED * fraction, message),
            )
        )
    bench = _Bench(subject, Policy.from_json(run.policy), run.seed)
    planned, missing = _planned(run, subject)
    rows = patiently(
        partial(records.run_plan, lease=lease, planned=[*map(_record_of, planned), *missing])
    )
    by_id = {check.check.id: check for check in planned}
    for index, row in enumerate(rows):
        if row.finished_at is None:
            step = _Step(lease, row, index, len(rows), report)
            _check(step, by_id.get(row.check_id), bench)
    report(1.0, "Writing the result")
    patiently(
        partial(
            finish,
            lease=lease,
            run=run,
            task=subject.task,
            warnings=warnings,
            isolation=isolation,
            duration_s=time.perf_counter() - started,
        )
    )


def _planned(run: Run, subject: Subject) -> tuple[tuple[PlannedCheck, ...], list[PlannedRecord]]:
    """The checks of the run's plan that fit this subject, and those this machine does not have."""
    load_checks()
    known = REGISTRY.all()
    planned = plan_checks(
        [known[entry["check"]] for entry in run.plan if entry["check"] in known],
        asked_by_id=[entry["check"] for entry in run.plan if entry["by_id"]],
        parameters={entry["check"]: entry["parameters"] for entry in run.plan},
        task=subject.task,
        needs_met=subject.needs_met,
    )
    missing = [
        PlannedRecord(entry["check"], entry["version"], entry["check"], entry["parameters"])
        for entry in run.plan
        if entry["check"] not in known
    ]
    return planned, missing


def _record_of(planned: PlannedCheck) -> PlannedRecord:
    check = planned.check
    return PlannedRecord(
        check.id, check.version, check.title, parameters_as_json(planned.parameters)
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """One check's place in the run."""

    lease: Lease
    row: CheckRecord
    index: int
    count: int
    report: Progress

    def fraction(self, within: float) -> float:
        """The run's progress when this check has done `within` (0 … 1) of its own."""
        return PREPARED + (1 - PREPARED) * (self.index + within) / self.count


def _check(step: _Step, planned: PlannedCheck | None, bench: _Bench) -> None:
    """Run one check and commit its result; a check that cannot be run is committed as an error."""
    row = step.row
    step.report(step.fraction(0.0), row.title)
    begun = patiently(partial(records.check_record_start, lease=step.lease, record=row))
    if begun.cancel_requested:
        raise Cancelled("cancelled")
    if planned is None:
        _give_up(step, "is not installed on the worker; install the package that brings it")
    elif begun.attempts > CHECK_ATTEMPTS:
        _give_up(
            step,
            f"the worker stopped {CHECK_ATTEMPTS} times while it ran this check;"
            " often the machine has too little memory for it",
        )
    else:
        finished = run_check(
            planned,
            subject=bench.subject,
            policy=bench.policy,
            seed=bench.seed,
            progress=lambda fraction, message: step.report(step.fraction(fraction), message),
        )
        _commit(step, finished)


def _commit(step: _Step, finished: FinishedCheck) -> None:
    patiently(
        partial(
            records.check_record_finish,
            lease=step.lease,
            record=step.row,
            outcome=finished.outcome,
            measurements=finished.measurements,
            reason=finished.reason,
            warnings=finished.warnings,
            duration_s=finished.duration_s,
            progress=step.fraction(1.0),
            log=finished.log,
        )
    )


def _give_up(step: _Step, reason: str) -> None:
    patiently(
        partial(
            records.check_record_finish,
            lease=step.lease,
            record=step.row,
            outcome=Outcome.ERROR,
            measurements=[unmeasured(step.row.check_id, reason, outcome=Outcome.ERROR)],
            reason=reason,
            progress=step.fraction(1.0),
        )
    )

"""One run under adverse conditions, in this process."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from assessments import execution
from assessments.core.check import REGISTRY, CheckResult
from assessments.core.plugins import load_checks
from assessments.execution import CHECK_ATTEMPTS
from assessments.services import run_cancel, run_execute, run_start
from shield.findings.models import Finding, TimelineEntry
from shield.records import patience
from shield.records.choices import RunState
from shield.records.heartbeat import Heartbeat
from shield.records.leases import LEASE
from shield.records.models import CheckRecord, Run
from shield.records.reaper import runs_reap
from shield.registry.models import StoredFile, Version
from shield.reports.result import result_document, to_bytes, without_volatile

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, SECOND = "fairness.demographic_parity_difference", "fairness.selection_rate_ratio"


def start(version: Version) -> Run:
    return run_start(version=version, actor="test", enqueue=False)


def document(run: Run) -> bytes:
    return to_bytes(without_volatile(result_document(Run.objects.get(pk=run.pk))))


def expire() -> list:
    return runs_reap(now=timezone.now() + LEASE * 2)


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch):
    """Replace what registered checks do; `instead()` gives all of them back."""
    load_checks()
    real = REGISTRY.all()

    def put(**functions) -> None:
        checks = dict(real)
        for name, function in functions.items():
            checks[f"fairness.{name}"] = replace(real[f"fairness.{name}"], function=function)
        monkeypatch.setattr(REGISTRY, "_checks", checks)

    return put


def die(context, parameters):
    raise Died


class Died(BaseException):
    """Stands for a worker that stops without a word."""


def test_a_run_finishes_with_outcome_gate_findings_and_an_empty_scratch_folder(version) -> None:
    run = run_execute(run_id=start(version).pk, worker="A")
    assert run.state == RunState.FINISHED
    assert run.outcome == "fail"
    assert run.gate["exit"] == 1
    assert Finding.objects.exists()
    assert list(Path(settings.SCRATCH_DIR).iterdir()) == []
    assert run.reproducibility["data_sha256"] == {"test": version.artefact_sha256}


def test_a_run_that_somebody_else_has_is_left_alone(version) -> None:
    run = start(version)
    run_execute(run_id=run.pk, worker="A")
    again = run_execute(run_id=run.pk, worker="B")
    assert (again.state, again.worker, again.attempt) == (RunState.FINISHED, "A", 1)


def test_of_two_workers_that_race_for_one_run_one_does_all_and_nothing_is_twice(version) -> None:
    run = start(version)
    barrier = threading.Barrier(2)

    def race(worker: str) -> None:
        try:
            barrier.wait()
            run_execute(run_id=run.pk, worker=worker)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(race, ["A", "B"]))
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.FINISHED, 1)
    assert set(run.checks.values_list("attempts", flat=True)) == {1}
    entries = TimelineEntry.objects.filter(run=run).values_list("finding_id", "act")
    assert len(entries) == len(set(entries))


def test_a_claimed_again_run_repeats_only_the_checks_without_result(version, instead) -> None:
    run = start(version)
    instead(selection_rate_ratio=die)
    with pytest.raises(Died):
        run_execute(run_id=run.pk, worker="A")
    first = run.checks.get(check_id=FIRST)
    assert first.finished_at is not None

    expire()
    instead(demographic_parity_difference=die)  # would stop this worker too, if it ran again
    done = run_execute(run_id=run.pk, worker="B")
    assert (done.state, done.attempt) == (RunState.FINISHED, 2)
    assert run.checks.get(check_id=FIRST).finished_at == first.finished_at
    instead()
    undisturbed = run_execute(run_id=start(version).pk, worker="C")
    assert document(done) == document(undisturbed)


def test_a_check_that_keeps_killing_its_worker_becomes_an_error_and_the_run_goes_on(
    version, instead
) -> None:
    run = start(version)
    instead(demographic_parity_difference=die)
    for attempt in range(CHECK_ATTEMPTS):
        with pytest.raises(Died):
            run_execute(run_id=run.pk, worker=f"worker {attempt}")
        expire()
    done = run_execute(run_id=run.pk, worker="last")
    assert done.state == RunState.FINISHED
    poison = done.checks.get(check_id=FIRST)
    assert poison.outcome == "error"
    assert "stopped 3 times" in poison.reason
    assert done.checks.get(check_id=SECOND).outcome == "fail"


def test_a_worker_that_wakes_up_after_its_lease_was_taken_writes_nothing(version, instead) -> None:
    run = start(version)

    def sleep_through_the_lease(context, parameters):
        instead()
        expire()  # meanwhile the reaper comes by, and another worker does the whole run
        assert run_execute(run_id=run.pk, worker="B").state == RunState.FINISHED
        return CheckResult(reason="what the sleeper found")

    instead(demographic_parity_difference=sleep_through_the_lease)
    done = run_execute(run_id=run.pk, worker="A")
    assert (done.state, done.worker, done.attempt) == (RunState.FINISHED, "B", 2)
    assert CheckRecord.objects.get(run=run, check_id=FIRST).reason != "what the sleeper found"


def test_cancelling_mid_run_keeps_what_was_done_and_stops_the_rest(version, instead) -> None:
    run = start(version)
    real = REGISTRY.get(FIRST).function

    def cancelled_meanwhile(context, parameters):
        run_cancel(run_id=run.pk, actor="bob")
        return real(context, parameters)

    instead(demographic_parity_difference=cancelled_meanwhile)
    done = run_execute(run_id=run.pk, worker="A")
    assert done.state == RunState.CANCELLED
    assert done.checks.get(check_id=FIRST).finished_at is not None
    assert done.checks.get(check_id=SECOND).finished_at is None
    assert not Finding.objects.exists()


def test_a_long_check_that_reports_progress_stops_when_the_run_is_cancelled(
    version, instead, monkeypatch
) -> None:
    run = start(version)
    monkeypatch.setattr(execution, "Heartbeat", partial(Heartbeat, every_s=0.05))

    def endless(context, parameters):
        run_cancel(run_id=run.pk, actor="bob")
        for _ in range(10_000):
            context.progress(0.5, "still going")
            threading.Event().wait(0.01)
        raise AssertionError("nobody stopped it")

    instead(demographic_parity_difference=endless)
    assert run_execute(run_id=run.pk, worker="A").state == RunState.CANCELLED


def test_an_interrupt_from_the_keyboard_cancels_the_run_and_is_passed_on(version, instead) -> None:
    run = start(version)

    def interrupt(context, parameters):
        raise KeyboardInterrupt

    instead(demographic_parity_difference=interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_execute(run_id=run.pk, worker="A")
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


class Outage:
    """The database is away: the next `count` statements fail with the server's own words."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        self.refused = 0
        real = CursorWrapper.execute

        def execute(cursor, sql, params=None):
            if self.left:
                self.left -= 1
                self.refused += 1
                raise OperationalError("server closed the connection unexpectedly")
            return real(cursor, sql, params)

        monkeypatch.setattr(CursorWrapper, "execute", execute)


@pytest.mark.parametrize("moment", ["in a check", "in the last step"])
def test_a_database_that_goes_away_for_a_while_costs_no_result(
    version, instead, monkeypatch, moment
) -> None:
    undisturbed = run_execute(run_id=start(version).pk, worker="A")
    outage = Outage(monkeypatch)
    monkeypatch.setattr(patience, "FIRST_WAIT_S", 0.01)
    target = FIRST if moment == "in a check" else SECOND
    real = REGISTRY.get(target).function

    def outage_begins(context, parameters):
        outage.left = 5
        return real(context, parameters)

    instead(**{target.removeprefix("fairness."): outage_begins})
    run = run_execute(run_id=start(version).pk, worker="B")
    assert outage.refused == 5
    assert (run.state, run.attempt) == (RunState.FINISHED, 1)
    assert _measured(run) == _measured(undisturbed)


def _measured(run: Run) -> list:
    return without_volatile(result_document(run))["measurements"]


def test_a_stored_file_that_was_lost_fails_the_run_with_what_to_do(version) -> None:
    run = start(version)
    stored = StoredFile.objects.get()
    Path(settings.STORAGES["default"]["OPTIONS"]["location"], stored.name).unlink()
    done = run_execute(run_id=run.pk, worker="A")
    assert (done.state, done.error["code"]) == (RunState.FAILED, "storage.lost")
    assert "backup" in done.error["hint"]


def test_a_full_disk_while_reading_fails_the_run_and_says_so(version, monkeypatch) -> None:
    def full(*args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(execution, "prepare_subject", full)
    done = run_execute(run_id=start(version).pk, worker="A")
    assert (done.state, done.error["code"]) == (RunState.FAILED, "disk.full")


def test_a_bug_outside_the_checks_is_errored_and_its_traceback_is_in_the_log(
    version, monkeypatch
) -> None:
    def bug(*args, **more):
        raise KeyError("oops")

    monkeypatch.setattr(execution, "prepare_subject", bug)
    done = run_execute(run_id=start(version).pk, worker="A")
    assert (done.state, done.error["code"]) == (RunState.ERRORED, "run.bug")
    assert "KeyError: 'oops'" in "\n".join(done.log.values_list("message", flat=True))

"""The rounds of `benchmarks.resilience`: start, disturb, recover, compare."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from assessments.core.plugins import load_checks
from assessments.services import register, run_execute, run_start
from assessments.workers import worker_name
from benchmarks.resilience_workers import forked, killed
from shield.findings.models import Clock, Finding, TimelineEntry
from shield.records.choices import RunState
from shield.records.leases import LEASE
from shield.records.models import MeasurementRecord, Run
from shield.records.patience import patiently
from shield.records.reaper import runs_reap
from shield.reports.result import result_document, to_bytes, without_volatile


class Rounds:
    """One version, assessed again and again under disturbance."""

    def __init__(self, manifest: Path) -> None:
        load_checks()
        self._version = register(manifest_path=manifest, actor="benchmark")
        self._expected = b""
        self.database = connection.vendor
        self.hits = 0
        self.doubles = 0
        self.differences: list[str] = []

    def undisturbed(self) -> tuple[int, float]:
        """The run that the others are compared with: how many commits it made, how long it took.

        The shortest of three, so that kills at a random moment of it meet a run that still goes.
        """
        shortest = float("inf")
        for _ in range(3):
            run_id = self._new()
            counted: list[int] = []
            began = time.perf_counter()
            with commits(before=lambda number: None, after=counted.append):
                run_execute(run_id=run_id, worker=worker_name())
            shortest = min(shortest, time.perf_counter() - began)
        self._expected = self._outcome(run_id)
        return len(counted), shortest

    def disturbed(self, name: str, commit: int, after: bool) -> None:
        """Kill the worker right before or right after its commit with this number."""

        def die(number: int) -> None:
            if number == commit:
                os.kill(os.getpid(), signal.SIGKILL)

        def nothing(number: int) -> None:
            return

        run_id = self._new()
        before_hook, after_hook = (nothing, die) if after else (die, nothing)

        def work() -> None:
            with commits(before=before_hook, after=after_hook):
                run_execute(run_id=run_id, worker=worker_name())

        with self._forked(work) as child:
            _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            self.differences.append(f"{name}: the worker was not killed")
        self._finish(name, run_id)

    def disturbed_at(self, name: str, after_s: float) -> None:
        """Kill the worker after a while; it may have finished by then."""
        run_id = self._new()
        with self._forked(lambda: _execute(run_id)) as child:
            self.hits += killed(child, after_s=after_s)
        self._finish(name, run_id)

    def through(self, name: str, disturbance: Callable[[], None]) -> int:
        """Let something happen while a worker works; answers how many attempts the run needed."""
        run_id = self._new()
        with self._forked(lambda: _execute(run_id)) as child:
            disturbance()
            os.waitpid(child, 0)
        connections.close_all()
        attempts = patiently(lambda: Run.objects.get(pk=run_id).attempt)
        self._finish(name, run_id)
        return attempts

    @contextmanager
    def _forked(self, work: Callable[[], None]) -> Iterator[int]:
        connections.close_all()  # a connection must not be shared by two processes
        with forked(work) as child:
            yield child

    def _new(self) -> UUID:
        TimelineEntry.objects.all().delete()  # every round finds everything for the first time
        Clock.objects.all().delete()
        Finding.objects.all().delete()
        run = run_start(version=self._version, actor="benchmark", seed=7, enqueue=False)
        return run.pk

    def _finish(self, name: str, run_id: UUID) -> None:
        """Let the lease run out and other workers go on, as the reaper and the queue do."""
        for _ in range(3):
            runs_reap(now=timezone.now() + LEASE * 2)
            if run_execute(run_id=run_id, worker=worker_name()).state in RunState.ended():
                break
        run = Run.objects.get(pk=run_id)
        if run.state != RunState.FINISHED:
            self.differences.append(f"{name}: the run is {run.state} {run.error}")
        elif self._outcome(run_id) != self._expected:
            self.differences.append(f"{name}: another result")
        self.doubles += _doubles(run)

    def _outcome(self, run_id: UUID) -> bytes:
        run = Run.objects.select_related("service", "version").get(pk=run_id)
        return to_bytes(without_volatile(result_document(run)))


def _execute(run_id: UUID) -> None:
    run_execute(run_id=run_id, worker=worker_name())


def _doubles(run: Run) -> int:
    """Findings with one identity, measurements of one slice, timeline entries of one act: too many."""
    rows = [
        *Finding.objects.values_list("fingerprint", flat=True),
        *MeasurementRecord.objects.filter(check_record__run=run).values_list(
            "check_record__check_id", "slice_key"
        ),
        *TimelineEntry.objects.filter(run=run).values_list("finding_id", "act", "run_id"),
    ]
    return sum(count - 1 for count in Counter(rows).values())


@contextmanager
def commits(*, before: Callable[[int], None], after: Callable[[int], None]) -> Iterator[None]:
    """Call the hooks around every commit of this thread (not of the heartbeat's), numbered from 1."""
    real, thread = BaseDatabaseWrapper._commit, threading.get_ident()
    made = [0]

    def counted(wrapper: BaseDatabaseWrapper) -> None:
        if threading.get_ident() != thread:
            real(wrapper)
            return
        made[0] += 1
        before(made[0])
        real(wrapper)
        after(made[0])

    BaseDatabaseWrapper._commit = counted
    try:
        yield
    finally:
        BaseDatabaseWrapper._commit = real

"""Runs whose worker is gone go on; runs nobody heard of are told again; hopeless ones end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shield.records.choices import RunState
from shield.records.leases import LEASE
from shield.records.models import Run
from shield.records.reaper import ATTEMPTS, UNHEARD, runs_mark_enqueued, runs_reap
from shield.records.services import run_cancel
from tests.records.support import claimed, queued

pytestmark = pytest.mark.django_db


def later(by: timedelta = LEASE + timedelta(seconds=1)):
    return timezone.now() + by


def test_a_live_lease_is_left_alone() -> None:
    lease = claimed()
    assert runs_reap() == []
    assert Run.objects.get(pk=lease.run_id).state == RunState.RUNNING


def test_a_run_whose_lease_ran_out_is_queued_and_needs_a_message() -> None:
    lease = claimed()
    assert runs_reap(now=later()) == [lease.run_id]
    run = Run.objects.get(pk=lease.run_id)
    assert (run.state, run.worker, run.lease_until) == (RunState.QUEUED, "", None)
    assert claimed(run, worker="B").attempt == 2


def test_reaping_twice_changes_nothing_more() -> None:
    lease = claimed()
    assert runs_reap(now=later()) == runs_reap(now=later()) == [lease.run_id]


def test_a_run_that_was_to_be_cancelled_is_cancelled_when_its_worker_is_gone() -> None:
    lease = claimed()
    run_cancel(run_id=lease.run_id, actor="bob")
    assert runs_reap(now=later()) == []
    assert Run.objects.get(pk=lease.run_id).state == RunState.CANCELLED


def test_after_too_many_attempts_the_run_is_errored_with_a_reason() -> None:
    run = queued()
    for attempt in range(ATTEMPTS):
        claimed(run, worker=f"worker {attempt}")
        runs_reap(now=later())
        run.refresh_from_db()
    assert run.state == RunState.ERRORED
    assert run.error["code"] == "run.attempts"
    assert "too little memory" in run.error["hint"]


def test_a_queued_run_whose_message_was_lost_is_told_again() -> None:
    run = queued()
    assert runs_reap() == []
    late = later(UNHEARD + timedelta(seconds=1))
    assert runs_reap(now=late) == [run.pk]
    runs_mark_enqueued(run_ids=[run.pk], now=late)
    assert runs_reap(now=late) == []

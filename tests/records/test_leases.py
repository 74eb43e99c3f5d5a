"""One run, one worker: claiming, renewing, losing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from shield.records.choices import RunState
from shield.records.leases import LEASE, Lease, LeaseLost, lease_hold, lease_is_lost
from shield.records.models import CheckRecord, MeasurementRecord, Run
from shield.records.patience import patiently
from shield.records.reaper import runs_reap
from shield.records.services import run_claim, run_stop_cancelled
from tests.records.support import claimed, commit, finished, measured, planned, queued

pytestmark = pytest.mark.django_db


def expire(run_id) -> None:
    Run.objects.filter(pk=run_id).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_claiming_makes_the_run_running_with_a_lease_and_an_attempt() -> None:
    run = queued()
    lease = run_claim(run_id=run.pk, worker="A")
    run.refresh_from_db()
    assert lease == Lease(run.pk, "A", 1)
    assert (run.state, run.worker, run.attempt) == (RunState.RUNNING, "A", 1)
    assert run.started_at is not None
    assert timezone.now() < run.lease_until <= timezone.now() + LEASE


def test_a_claimed_run_cannot_be_claimed_by_another() -> None:
    lease = claimed()
    assert run_claim(run_id=lease.run_id, worker="B") is None


@pytest.mark.parametrize("state", RunState.ended())
def test_a_run_that_has_ended_cannot_be_claimed(state: RunState) -> None:
    run = queued()
    Run.objects.filter(pk=run.pk).update(state=state)
    assert run_claim(run_id=run.pk, worker="A") is None


def test_claiming_again_after_a_lost_answer_gives_the_same_lease() -> None:
    run = queued()
    assert run_claim(run_id=run.pk, worker="A") == run_claim(run_id=run.pk, worker="A")
    run.refresh_from_db()
    assert run.attempt == 1


def test_holding_renews_the_lease() -> None:
    lease = claimed()
    expire(lease.run_id)
    lease_hold(lease)
    assert runs_reap() == []
    assert Run.objects.get(pk=lease.run_id).lease_until > timezone.now()


def test_a_worker_whose_run_was_given_to_another_writes_nothing() -> None:
    zombie = claimed()
    (first, _) = planned(zombie)
    expire(zombie.run_id)
    runs_reap()
    heir = claimed(Run.objects.get(pk=zombie.run_id), worker="B")
    assert heir.attempt == 2
    for write in (
        lambda: lease_hold(zombie),
        lambda: commit(zombie, first),
        lambda: planned(zombie),
        lambda: finished(zombie),
        lambda: run_stop_cancelled(lease=zombie),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert not MeasurementRecord.objects.exists()
    run = Run.objects.get(pk=zombie.run_id)
    assert (run.state, run.worker) == (RunState.RUNNING, "B")
    assert commit(heir, first)


def test_the_same_worker_name_with_an_old_attempt_is_fenced_off() -> None:
    old = claimed()
    expire(old.run_id)
    runs_reap()
    claimed(Run.objects.get(pk=old.run_id), worker="A")
    with pytest.raises(LeaseLost):
        lease_hold(old)


def test_a_refused_write_leaves_nothing_of_its_transaction() -> None:
    lease = claimed()
    (first, second) = planned(lease)
    Run.objects.filter(pk=lease.run_id).update(attempt=2)
    with pytest.raises(LeaseLost):
        commit(lease, first, [measured(), measured(group="y")])
    assert CheckRecord.objects.filter(finished_at=None).count() == 2
    assert not MeasurementRecord.objects.exists()
    assert second.outcome is None


def test_a_lease_is_lost_only_when_the_row_says_so() -> None:
    lease = claimed()
    assert not lease_is_lost(lease)
    Run.objects.filter(pk=lease.run_id).update(worker="B")
    assert lease_is_lost(lease)
    Run.objects.filter(pk=lease.run_id).delete()
    assert not lease_is_lost(lease)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_race_for_one_run_exactly_one_gets_it() -> None:
    run = queued()
    barrier = threading.Barrier(8)

    def race(name: str) -> Lease | None:
        try:
            barrier.wait()
            return patiently(lambda: run_claim(run_id=run.pk, worker=name))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        leases = list(pool.map(race, [f"worker {i}" for i in range(8)]))
    (winner,) = [lease for lease in leases if lease is not None]
    run.refresh_from_db()
    assert (run.worker, run.attempt) == (winner.worker, 1)

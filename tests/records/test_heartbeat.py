"""The heartbeat renews while a check computes, writes progress, and hears of cancelling and loss."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from shield.records import heartbeat
from shield.records.heartbeat import Heartbeat
from shield.records.models import Run
from shield.records.services import run_cancel
from tests.records.support import claimed

pytestmark = pytest.mark.django_db


def test_a_beat_renews_the_lease_and_writes_the_progress() -> None:
    lease = claimed()
    Run.objects.filter(pk=lease.run_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    beat = Heartbeat(lease)
    beat.report(0.25, "Reading")
    beat.beat()
    run = Run.objects.get(pk=lease.run_id)
    assert run.lease_until > timezone.now()
    assert (run.progress, run.phase) == (0.25, "Reading")
    assert beat.stop_reason is None


def test_a_fraction_outside_its_range_is_brought_back() -> None:
    lease = claimed()
    beat = Heartbeat(lease)
    beat.report(7.0, "x" * 500)
    beat.beat()
    run = Run.objects.get(pk=lease.run_id)
    assert (run.progress, len(run.phase)) == (1.0, 200)


def test_a_beat_hears_of_cancelling() -> None:
    lease = claimed()
    run_cancel(run_id=lease.run_id, actor="bob")
    beat = Heartbeat(lease)
    beat.beat()
    assert beat.stop_reason == "cancelled"


def test_a_beat_hears_that_the_run_went_to_another() -> None:
    lease = claimed()
    Run.objects.filter(pk=lease.run_id).update(worker="B")
    beat = Heartbeat(lease)
    beat.beat()
    assert beat.stop_reason == "lost"


@pytest.mark.django_db(transaction=True)
def test_the_thread_beats_until_the_block_ends_and_outlives_a_missing_database(monkeypatch) -> None:
    lease = claimed()
    beats: list[int] = []
    real = heartbeat.lease_hold

    def flaky(*args: object, **more: object) -> None:
        beats.append(1)
        if len(beats) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        real(*args, **more)

    monkeypatch.setattr(heartbeat, "lease_hold", flaky)
    with Heartbeat(lease, every_s=0.02) as beat:
        beat.report(0.5, "Half")
        deadline = time.monotonic() + 10
        while Run.objects.get(pk=lease.run_id).progress < 0.5:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    count = len(beats)
    time.sleep(0.1)
    assert len(beats) == count >= 2
    assert beat.stop_reason is None

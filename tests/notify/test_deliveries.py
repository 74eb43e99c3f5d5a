"""No killed worker loses a delivery, and nobody sends the same one at the same time."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone

from shield.notify import deliveries
from shield.notify.channels.base import Result, free
from shield.notify.choices import DeliveryState
from shield.notify.deliveries import deliver, lines
from shield.notify.models import Delivery

NAME = "test"


class Channel:
    """A channel whose results are said beforehand."""

    waits = (timedelta(seconds=10), timedelta(seconds=20))

    def __init__(self) -> None:
        self.sent: list[uuid.UUID] = []
        self.result = Result(ok=True)
        self.gave_up = 0

    def queues(self, now: datetime) -> list[str]:
        return ["all"] if self.due("all", now).exists() else []

    def due(self, queue: str, now: datetime) -> QuerySet[Delivery]:
        return Delivery.objects.filter(free(now), channel=NAME).order_by("created_at")

    def parcel(self, first: Delivery) -> QuerySet[Delivery]:
        return Delivery.objects.filter(pk=first.pk)

    def send(self, parcel: Sequence[Delivery]) -> Result:
        self.sent += [each.pk for each in parcel]
        return self.result

    def settled(self, parcel: Sequence[Delivery], result: Result, *, gave_up: bool) -> None:
        self.gave_up += gave_up


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    made = Channel()
    monkeypatch.setattr(deliveries, "queued", lambda: {NAME: made})
    return made


def waiting(**more: Any) -> Delivery:
    return Delivery.objects.create(channel=NAME, due_at=timezone.now(), **more)


def send(at: datetime | None = None) -> int:
    return deliver(channel=NAME, queue="all", now=at)


def test_what_is_due_is_sent_once_and_said_so(channel: Channel) -> None:
    row = waiting()
    assert lines() == [(NAME, "all")]
    assert send() == 1
    assert send() == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.lease_until) == (DeliveryState.SENT, 1, None)
    assert channel.sent == [row.pk]


def test_what_is_not_due_yet_waits(channel: Channel) -> None:
    row = waiting()
    Delivery.objects.update(due_at=timezone.now() + timedelta(minutes=1))
    assert lines() == []
    assert send() == 0
    assert send(timezone.now() + timedelta(minutes=2)) == 1
    assert channel.sent == [row.pk]


def test_a_worker_that_was_killed_leaves_a_lease_and_the_next_sends_again_with_the_same_id(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = waiting()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(deliveries, "_settle", killed)
        send()
    assert send() == 0  # its lease still holds
    assert send(timezone.now() + deliveries.LEASE + timedelta(seconds=1)) == 1
    assert channel.sent == [row.pk, row.pk]
    row.refresh_from_db()
    assert (row.state, row.attempts) == (DeliveryState.SENT, 2)


def test_a_worker_that_slept_past_its_lease_writes_nothing(channel: Channel) -> None:
    row = waiting()
    Delivery.objects.update(due_at=timezone.now() - timedelta(hours=2))
    stale = deliveries._claim(channel, row, timezone.now() - timedelta(hours=1))
    assert send() == 1
    deliveries._settle(channel, stale, Result(ok=False, error="late", final=True))
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.SENT, "")
    assert channel.gave_up == 0


def test_failures_wait_longer_each_time_and_are_given_up_at_last(channel: Channel) -> None:
    row = waiting()
    channel.result = Result(ok=False, error="no")
    now = timezone.now()
    for attempts in (1, 2):
        send(now)
        row.refresh_from_db()
        assert (row.state, row.attempts, row.error) == (DeliveryState.PENDING, attempts, "no")
        now = row.due_at + timedelta(seconds=1)
    send(now)
    row.refresh_from_db()
    assert (row.state, channel.gave_up) == (DeliveryState.DEAD, 1)


def test_what_asks_for_more_patience_gets_it(channel: Channel) -> None:
    row = waiting()
    channel.result = Result(ok=False, error="busy", retry_after=timedelta(minutes=30))
    send()
    row.refresh_from_db()
    assert row.due_at - timezone.now() > timedelta(minutes=29)


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (Result(ok=False, final=True, error="gone"), DeliveryState.DEAD),
        (Result(ok=False, dropped=True, error="unwanted"), DeliveryState.DROPPED),
    ],
)
def test_what_is_useless_or_unwanted_is_not_tried_again(
    channel: Channel, result: Result, state: str
) -> None:
    row = waiting()
    channel.result = result
    send()
    row.refresh_from_db()
    assert row.state == state


def test_the_first_failure_ends_the_round_so_that_a_bad_line_costs_one_attempt(
    channel: Channel,
) -> None:
    for _ in range(5):
        waiting()
    channel.result = Result(ok=False, error="no")
    send()
    assert len(channel.sent) == 1


def test_a_channel_that_breaks_is_logged_and_tried_again(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(parcel: object) -> Result:
        raise KeyError("a bug")

    row = waiting()
    monkeypatch.setattr(channel, "send", broken)
    send()
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.PENDING, "KeyError")


def test_one_call_does_not_keep_a_worker_for_long(channel: Channel) -> None:
    for _ in range(deliveries.A_ROUND + 5):
        waiting()
    assert send() == deliveries.A_ROUND
    assert send() == 5


@pytest.fixture
def many(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    made = Channel()
    monkeypatch.setattr(deliveries, "queued", lambda: {NAME: made})
    for _ in range(30):
        waiting()
    yield made


@pytest.mark.postgres
def test_workers_side_by_side_send_each_delivery_once(many: Channel) -> None:
    problems: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(10):
                send()
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(many.sent) == len(set(many.sent)) == 30
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}


def test_a_channel_is_imported_when_it_is_first_used() -> None:
    from shield.notify.channels import CHANNELS, PERSONAL, queued

    assert set(queued()) == {"email", "webhook"}
    assert PERSONAL == ("in_app", "email")
    assert all(
        entry.path.startswith(f"shield.notify.channels.{key}.") for key, entry in CHANNELS.items()
    )

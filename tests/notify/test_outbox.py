"""Every event is read once by every consumer, also those that commit late."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count

import pytest
from django.db import OperationalError, connection, connections, transaction

from shield.audit.models import Event
from shield.audit.services import record
from shield.notify import outbox
from shield.notify.models import Cursor, Taken
from shield.notify.outbox import begin, consume, waiting

NAME = "test"
serial = count(1)


def happen() -> Event:
    return record(
        actor="somebody", act="test.act", object_type="thing", object_id=next(serial),
        object_text="A thing",
    )  # fmt: skip


class Heard:
    """A consumer that remembers."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    def __call__(self, events: Sequence[Event]) -> None:
        self.ids += [event.pk for event in events]


@pytest.fixture
def heard(db: None) -> Heard:
    begin(NAME)
    return Heard()


def test_every_event_is_heard_once_and_in_order(heard: Heard) -> None:
    first = [happen().pk for _ in range(5)]
    assert consume(consumer=NAME, handle=heard, batch=2) == 5
    assert consume(consumer=NAME, handle=heard) == 0
    later = happen().pk
    consume(consumer=NAME, handle=heard)
    assert heard.ids == [*first, later]


def test_consumers_read_independently_of_each_other(heard: Heard) -> None:
    begin("other")
    event = happen()
    other = Heard()
    consume(consumer=NAME, handle=heard)
    assert waiting(NAME) == 0
    assert waiting("other") == 1
    consume(consumer="other", handle=other)
    assert heard.ids == other.ids == [event.pk]


def test_a_new_consumer_hears_of_what_happens_from_now_on(db: None) -> None:
    happen()
    heard = Heard()
    consume(consumer="new", handle=heard)
    now = happen()
    consume(consumer="new", handle=heard)
    assert heard.ids == [now.pk]


def test_a_batch_that_met_a_trouble_of_the_database_is_read_again(heard: Heard) -> None:
    event = happen()

    def break_down(events: Sequence[Event]) -> None:
        raise OperationalError("locked")

    with pytest.raises(OperationalError):
        consume(consumer=NAME, handle=break_down)
    consume(consumer=NAME, handle=heard)
    assert heard.ids == [event.pk]


def test_the_migration_has_begun_both_consumers(db: None) -> None:
    assert set(Cursor.objects.values_list("consumer", flat=True)) >= {"people", "webhooks"}


def test_reading_costs_the_same_few_queries_for_few_and_many(heard: Heard) -> None:
    from django.test.utils import CaptureQueriesContext

    def queries(events: int) -> int:
        for _ in range(events):
            happen()
        with CaptureQueriesContext(connection) as captured:
            consume(consumer=NAME, handle=heard)
        return len(captured)

    assert max(queries(1), queries(100)) <= 9  # on PostgreSQL the floor takes a few more


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "SETTLE", timedelta(0))


@pytest.fixture
def slow_writer(transactional_db: None) -> Iterator[threading.Event]:
    """A transaction that has written an event and does not commit before it is told to."""
    begin(NAME)
    begun, commit, done = threading.Event(), threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            happen()
            begun.set()
            commit.wait(20)
        connections.close_all()
        done.set()

    commit.done = done  # type: ignore[attr-defined]
    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(10)
    yield commit
    commit.set()
    thread.join()


def consume_until_floor(newest: int, heard: Heard) -> None:
    """Read until the floor has risen, or a minute is over.

    PostgreSQL counts transactions of the whole cluster: one that another worker's test has open in
    its own database holds the floor down until it ends.
    """
    for _ in range(4):
        consume(consumer=NAME, handle=heard)
    end = time.monotonic() + 60
    while Cursor.objects.get(consumer=NAME).floor < newest and time.monotonic() < end:
        time.sleep(0.05)
        consume(consumer=NAME, handle=heard)


@pytest.mark.postgres
def test_an_event_that_commits_after_a_higher_one_was_read_is_not_lost(
    slow_writer: threading.Event, impatient: None
) -> None:
    heard = Heard()
    higher = happen().pk
    for _ in range(5):  # more rounds than the floor needs to rise
        consume(consumer=NAME, handle=heard)
    assert heard.ids == [higher]
    assert Cursor.objects.get(consumer=NAME).floor < higher - 1
    slow_writer.set()
    assert slow_writer.done.wait(10)  # type: ignore[attr-defined]
    consume(consumer=NAME, handle=heard)
    assert heard.ids == [higher, higher - 1]


@pytest.mark.postgres
def test_the_floor_rises_when_everybody_has_ended_and_forgets_what_was_taken(
    transactional_db: None, impatient: None
) -> None:
    begin(NAME)
    heard = Heard()
    newest = [happen().pk for _ in range(3)][-1]
    consume_until_floor(newest, heard)
    assert len(heard.ids) == 3
    assert Cursor.objects.get(consumer=NAME).floor == newest
    assert not Taken.objects.exists()


@pytest.mark.postgres
def test_a_rolled_back_transaction_leaves_a_gap_that_holds_nothing_up(
    transactional_db: None, impatient: None
) -> None:
    begin(NAME)
    with pytest.raises(RuntimeError), transaction.atomic():
        happen()
        raise RuntimeError("rolled back")
    heard = Heard()
    newest = happen().pk
    consume_until_floor(newest, heard)
    assert heard.ids == [newest]
    assert Cursor.objects.get(consumer=NAME).floor == newest


@pytest.mark.postgres
def test_a_second_worker_goes_away_while_the_first_reads(transactional_db: None) -> None:
    begin(NAME)
    event = happen()
    reading, go_on = threading.Event(), threading.Event()
    first = Heard()

    def slowly(events: Sequence[Event]) -> None:
        reading.set()
        go_on.wait(10)
        first(events)

    def work() -> None:
        consume(consumer=NAME, handle=slowly)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    assert reading.wait(10)
    second = Heard()
    assert consume(consumer=NAME, handle=second) == 0
    go_on.set()
    thread.join()
    assert (first.ids, second.ids) == ([event.pk], [])

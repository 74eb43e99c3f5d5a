"""One event that cannot be handled holds up no others, is not lost, and is seen from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.findings.models import Finding
from shield.notify import fanout, hooks, operations
from shield.notify.aside import KEEP
from shield.notify.models import Cursor, Delivery, Notification, SetAside
from shield.notify.outbox import begin, consume, waiting
from shield.notify.reading import prune, read, read_again
from shield.web import health
from tests import factories
from tests.notify.support import endpoint, happened

pytestmark = pytest.mark.django_db


class Poisoned:
    """A consumer that writes a row for every event, and breaks down at one of them."""

    def __init__(self, pk: int, statement: str = "") -> None:
        self.pk, self.statement = pk, statement
        self.calls = 0

    def __call__(self, events: Sequence[Event]) -> None:
        self.calls += 1
        for event in events:
            Cursor.objects.create(consumer=f"done {event.pk}")
            if event.pk == self.pk:
                with connection.cursor() as cursor:
                    cursor.execute(self.statement or "SELECT no_such_column")

    @staticmethod
    def done() -> set[int]:
        names = Cursor.objects.filter(consumer__startswith="done ").values_list("pk", flat=True)
        return {int(name.removeprefix("done ")) for name in names}


@pytest.fixture
def events(finding: Finding) -> list[Event]:
    begin("test")
    return [happened("finding.comment", finding) for _ in range(64)]


@pytest.fixture
def poisoned(events: list[Event], monkeypatch: pytest.MonkeyPatch) -> Poisoned:
    handle = Poisoned(events[40].pk)
    # what the database says to a statement that is wrong differs; neither is its own trouble
    monkeypatch.setattr("shield.notify.aside.PASSING", (MemoryError,))
    return handle


def test_one_event_that_cannot_be_handled_costs_no_other(
    events: list[Event], poisoned: Poisoned
) -> None:
    assert consume(consumer="test", handle=poisoned) == 64
    assert Poisoned.done() == {event.pk for event in events} - {poisoned.pk}
    row = SetAside.objects.get()
    assert (row.consumer, row.event, row.tries) == ("test", poisoned.pk, 1)
    assert "no_such_column" in row.error
    assert poisoned.calls <= 2 * 7
    assert waiting("test") == 0
    assert consume(consumer="test", handle=poisoned) == 0


@pytest.mark.parametrize("where", ["_about", "_write", "subjects", "people"])
def test_an_error_anywhere_in_the_making_of_messages_sets_one_event_aside(
    finding: Finding, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    factories.user("mira", role=Role.ENGINEER)
    happened("finding.regressed", finding)
    poison = happened("finding.reopened", finding, after={"severity": "poison"})
    happened("finding.regressed", finding)
    whole = getattr(fanout, where)

    def breaks(first: Any, *rest: Any) -> Any:
        if "poison" in str(seen):
            raise KeyError("a bug")
        return whole(first, *rest)

    seen: list[object] = []
    whole_fan_out = fanout.fan_out

    def watched(events: Sequence[Event]) -> None:
        seen[:] = [event.after for event in events]
        whole_fan_out(events)

    monkeypatch.setattr(fanout, where, breaks)
    monkeypatch.setattr("shield.notify.reading.fan_out", watched)
    read()
    assert [row.event for row in SetAside.objects.all()] == [poison.pk]
    assert Notification.objects.filter(act="finding.regressed").exists()
    monkeypatch.setattr(fanout, where, whole)
    assert read_again() == 1
    assert not SetAside.objects.exists()
    assert Notification.objects.filter(act="finding.reopened").exists()


def test_webhooks_hear_of_an_event_that_people_could_not_be_told(
    finding: Finding, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Delivery.objects.all().delete()
    factories.user("mira", role=Role.ENGINEER)
    receiver = endpoint()
    read()
    monkeypatch.setattr(fanout, "_about", lambda *_: 1 / 0)
    event = happened("finding.regressed", finding)
    read()
    assert Delivery.objects.get(endpoint=receiver).event == event.pk
    assert SetAside.objects.get().consumer == "people"


def test_what_fails_again_stays_and_takes_its_turn(
    finding: Finding, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint()
    read()
    monkeypatch.setattr(hooks, "wants", lambda *_: 1 / 0)
    happened("finding.regressed", finding)
    read()
    before = SetAside.objects.get()
    assert read_again() == 0
    row = SetAside.objects.get()
    assert row.tries == 2
    assert row.tried_at > before.tried_at
    assert row.at == before.at


def test_what_cannot_be_handled_is_seen_from_outside_and_told_to_administrators(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    SetAside.objects.create(consumer="people", event=1, error="KeyError: 1")
    warning = _ready(monkeypatch)["warnings"]["messages"]
    assert warning["message"].startswith("1 events could not be turned into messages")
    assert "KeyError" not in str(warning)
    assert "aside" in operations.watch()


def test_an_outbox_that_nobody_reads_is_seen_from_outside(
    finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    read()
    happened("finding.regressed", finding)
    assert "warnings" not in _ready(monkeypatch)
    later = timezone.now() + timedelta(minutes=11)
    monkeypatch.setattr("shield.web.health.timezone.now", lambda: later)
    assert "waited to be told" in _ready(monkeypatch)["warnings"]["messages"]["message"]


def test_what_was_set_aside_is_given_up_after_a_month(caplog: pytest.LogCaptureFixture) -> None:
    SetAside.objects.create(consumer="people", event=1, error="KeyError: 1")
    prune(timezone.now() + KEEP - timedelta(hours=1))
    assert SetAside.objects.exists()
    prune(timezone.now() + KEEP + timedelta(hours=1))
    assert not SetAside.objects.exists()
    assert "notify_event_given_up" in caplog.text


def _ready(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(health, "_PROBE", health.Probe())
    return dict(Client().get("/readyz").json())

"""Events are only ever added: by the model, and by the database itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import structlog
from django.db import DatabaseError, connection, transaction

from shield.audit import selectors
from shield.audit.models import Event
from shield.audit.services import record
from shield.audit.triggers import install
from shield.common.errors import Conflict
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    return record(
        actor="ada",
        act="service.change",
        object_type="service",
        object_id=7,
        object_text="Mortgage",
        before={"tier": "low"},
        after={"tier": "high"},
        reason="why",
    )


def test_an_event_keeps_who_what_before_and_after(event: Event) -> None:
    event.refresh_from_db()
    assert (event.actor, event.object_id, event.before, event.after, event.reason) == (
        "ada",
        "7",
        {"tier": "low"},
        {"tier": "high"},
        "why",
    )


def test_an_event_carries_the_request_it_came_from() -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        event = record(actor="a", act="x", object_type="t", object_id=1, object_text="T")
    assert event.request_id == "req-1"


def test_texts_that_are_too_long_are_cut_instead_of_losing_the_event() -> None:
    event = record(actor="a" * 300, act="x", object_type="t", object_id=1, object_text="T" * 500)
    assert (len(event.actor), len(event.object_text)) == (200, 300)


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.save(),
        lambda event: event.delete(),
        lambda event: Event.objects.filter(pk=event.pk).update(actor="eve"),
        lambda event: Event.objects.all().delete(),
        lambda event: Event.objects.bulk_update([event], ["actor"]),
    ],
)
def test_the_model_refuses_to_change_an_event(
    event: Event, change: Callable[[Event], object]
) -> None:
    with pytest.raises(Conflict) as error:
        change(event)
    assert error.value.code == "history.append_only"
    assert Event.objects.get().actor == "ada"


def test_the_database_refuses_to_update_an_event(event: Event) -> None:
    sql = "UPDATE audit_event SET actor = 'eve'"
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        connection.cursor().execute(sql)
    assert Event.objects.get().actor == "ada"


@pytest.mark.postgres
def test_the_database_refuses_to_delete_an_event(event: Event) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute("DELETE FROM audit_event")
    assert Event.objects.count() == 1


def test_installing_the_triggers_again_is_harmless(event: Event) -> None:
    install(connection)
    install(connection)
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_triggers_do_not_break_the_flush_between_tests(event: Event) -> None:
    assert Event.objects.count() == 1


def test_history_of_rows_is_theirs_alone_newest_first() -> None:
    one, two = factories.service(slug="one"), factories.service(slug="two")
    for service, act in ((one, "a"), (two, "b"), (one, "c")):
        record(
            actor="x",
            act=act,
            object_type="service",
            object_id=service.pk,
            object_text=str(service),
        )
    assert [event.act for event in selectors.history_of(one)] == ["c", "a"]
    assert [event.act for event in selectors.history_of(one, two)] == ["c", "b", "a"]
    assert list(selectors.history_of()) == []

"""What bad receivers of webhooks cost: tries, rest, giving up, replay."""

from __future__ import annotations

import socket
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import Conflict
from shield.findings.models import Finding
from shield.notify.channels.webhook import TRIPS
from shield.notify.choices import DeliveryState, Kind
from shield.notify.deliveries import lines
from shield.notify.models import Attempt, Delivery, Endpoint, Notification
from shield.notify.reading import read
from shield.notify.services import endpoints as services
from tests import factories
from tests.notify.support import (
    Recording,
    answering,
    endpoint,
    happen_and_read,
    send,
    server,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]


@pytest.mark.parametrize("status", ["500 Oops", "404 Gone?", "302 Found", "429 Busy"])
def test_anything_but_success_is_tried_again_and_logged(finding: Finding, status: str) -> None:
    with server(answering(status, b"why", "Location: http://169.254.169.254/\r\n")) as port:
        row = endpoint(port)
        happen_and_read(finding)
        send(row)
    delivery, attempt = Delivery.objects.get(), Attempt.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 1)
    assert attempt.status == int(status[:3])
    assert "why" in attempt.response
    assert "Shield-Signature" not in attempt.request
    assert "Shield-Delivery" in attempt.request


def test_a_receiver_that_is_gone_for_good_is_believed(finding: Finding) -> None:
    with server(answering("410 Gone")) as port:
        row = endpoint(port)
        happen_and_read(finding)
        send(row)
    assert Delivery.objects.get().state == DeliveryState.DEAD


def test_a_busy_receiver_says_how_long_to_wait_within_reason(finding: Finding) -> None:
    with server(answering("503 Busy", extra="Retry-After: 999999999\r\n")) as port:
        row = endpoint(port)
        happen_and_read(finding)
        send(row)
    wait = Delivery.objects.get().due_at - timezone.now()
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


def test_a_receiver_that_never_answers_costs_one_attempt_a_round(
    finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shield.common import outbound

    def silent(connection: socket.socket) -> None:
        while connection.recv(65536):  # until the other side has gone
            pass

    monkeypatch.setattr(outbound, "request", partial(outbound.request, total_s=0.3))
    with server(silent) as port:
        row = endpoint(port)
        happen_and_read(finding, times=5)
        send(row)
    assert Attempt.objects.get().error.startswith("outbound.late")


def test_a_target_that_became_private_is_refused_when_it_is_used(
    finding: Finding, settings: Any
) -> None:
    row = endpoint()
    happen_and_read(finding)
    settings.OUTBOUND_LOOPBACK = False
    send(row)
    assert Attempt.objects.get().error.startswith("outbound.")
    assert Delivery.objects.get().state == DeliveryState.PENDING


def test_the_breaker_rests_after_failures_in_a_row_and_one_success_closes_it(
    finding: Finding,
) -> None:
    hears = Recording("500 Oops")
    with server(hears) as port:
        row = endpoint(port)
        happen_and_read(finding, times=10)
        now = timezone.now()
        for _ in range(TRIPS):
            send(row, now)
        row.refresh_from_db()
        assert row.failures == TRIPS
        assert row.paused_until is not None and row.paused_until > now
        assert lines(now) == []
        assert send(row, now) == 0
        later = row.paused_until + timedelta(seconds=1)
        hears.requests.clear()
        send(row, later)
        assert len(hears.requests) == 1  # half open: a single delivery tries
        hears.status = "200 OK"
        row.refresh_from_db()
        assert row.paused_until is not None
        later = row.paused_until + timedelta(seconds=1)
        assert send(row, later) == 1
        row.refresh_from_db()
        assert (row.failures, row.paused_until) == (0, None)
        assert send(row, later + timedelta(hours=1)) == 9


def test_one_bad_endpoint_holds_up_no_other(finding: Finding) -> None:
    hears = Recording()
    with server(answering("500 Oops")) as bad, server(hears) as good:
        first, second = endpoint(bad), endpoint(good)
        happen_and_read(finding, times=3)
        assert {queue for _, queue in lines()} == {str(first.pk), str(second.pk)}
        send(first)
        assert send(second) == 3


def give_up(finding: Finding) -> Endpoint:
    """An endpoint whose delivery was given up after its last attempt."""
    with server(answering("500 Oops")) as port:
        row = endpoint(port)
        happen_and_read(finding)
        Delivery.objects.update(attempts=99)
        send(row)
    return row


def test_what_is_given_up_is_told_to_who_manages_webhooks_and_feeds_no_webhook(
    finding: Finding,
) -> None:
    factories.user("admin", role=Role.ADMINISTRATOR)
    give_up(finding)
    assert Delivery.objects.get().state == DeliveryState.DEAD
    read()
    row = Notification.objects.get(user__username="admin")
    assert row.kind == Kind.OPERATIONS
    assert row.url.startswith("/webhooks/")
    assert Delivery.objects.filter(channel="webhook").count() == 1


def test_many_given_up_are_told_once(finding: Finding) -> None:
    with server(answering("410 Gone")) as port:
        row = endpoint(port)
        happen_and_read(finding, times=4)
        for _ in range(4):
            send(row)
    assert Event.objects.filter(act="webhook.dead").count() == 1


def test_a_replay_sends_the_same_delivery_again(finding: Finding) -> None:
    row = give_up(finding)
    dead = Delivery.objects.get()
    hears = Recording()
    with server(hears) as port:
        Endpoint.objects.filter(pk=row.pk).update(url=f"http://127.0.0.1:{port}/")
        assert services.deliveries_replay(endpoint=row, actor="admin") == 1
        assert send(row) == 1
    assert hears.requests[0][1]["shield-delivery"] == str(dead.pk)
    assert services.deliveries_replay(endpoint=row, actor="admin") == 0
    assert services.deliveries_replay(endpoint=row, actor="admin", ids=[dead.pk]) == 1


def test_a_replay_of_another_endpoints_delivery_does_nothing(finding: Finding) -> None:
    give_up(finding)
    other = endpoint()
    ids = list(Delivery.objects.values_list("pk", flat=True))
    assert services.deliveries_replay(endpoint=other, actor="admin", ids=ids) == 0


def test_switching_off_drops_what_waits_and_takes_nothing_more(finding: Finding) -> None:
    row = endpoint()
    happen_and_read(finding)
    services.endpoint_switch(endpoint=row, active=False, actor="admin", reason="retired")
    assert Delivery.objects.get().state == DeliveryState.DROPPED
    happen_and_read(finding)
    assert Delivery.objects.count() == 1
    row.refresh_from_db()
    with pytest.raises(Conflict):
        services.endpoint_ping(endpoint=row, actor="admin")

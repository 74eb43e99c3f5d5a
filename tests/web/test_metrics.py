"""Prometheus sees runs, findings and the queue; strangers see nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from shield.accounts.choices import Role
from shield.accounts.services import token_create
from shield.audit.services import record, trail_verify
from shield.evidence.outcome import Severity
from shield.records.choices import RunState
from shield.records.models import Run
from shield.web import metrics
from tests import factories
from tests.audit.support import tamper
from tests.support.triggers import empty_trail

pytestmark = pytest.mark.django_db
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def numbers(client: Client | None = None) -> dict[tuple[str, str], float]:
    response = (client or Client()).get("/metrics")
    assert response.status_code == 200, response.content
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def test_runs_by_state():
    factories.run()
    factories.run(factories.version(factories.service("b")), state=RunState.QUEUED)
    found = numbers()
    assert found["shield_runs", "finished"] == 1
    assert found["shield_runs", "queued"] == 1
    assert found["shield_runs", "errored"] == 0


def test_active_findings_by_severity():
    run = factories.run()
    factories.finding(run, severity=Severity.CRITICAL)
    factories.finding(run, severity=Severity.CRITICAL, state="closed")
    found = numbers()
    assert found["shield_findings_active", "critical"] == 1
    assert found["shield_findings_active", "info"] == 0


def test_the_age_of_the_queue():
    assert numbers()["shield_queue_oldest_seconds", ""] == 0
    run = factories.run(state=RunState.QUEUED)
    Run.objects.filter(pk=run.pk).update(queued_at=timezone.now() - timedelta(minutes=5))
    assert numbers()["shield_queue_oldest_seconds", ""] == pytest.approx(300, abs=30)


def test_djangos_own_numbers_are_there_too():
    names = {name for name, _ in numbers()}
    assert any(name.startswith("django_http_") for name in names)


def test_a_database_that_is_away_is_a_number_not_an_error(monkeypatch):
    def away():
        raise OperationalError("gone")

    monkeypatch.setattr(metrics, "_runs", away)
    found = numbers()
    assert found["shield_database_up", ""] == 0
    assert not any(name == "shield_runs" for name, _ in found)


def test_a_stranger_is_refused():
    assert Client(**ELSEWHERE).get("/metrics").status_code in (401, 403)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-Ip", "Forwarded"])
def test_a_proxy_on_this_machine_does_not_open_the_door(header):
    response = Client(headers={header: "127.0.0.1"}).get("/metrics")
    assert response.status_code in (401, 403)


def test_a_role_without_the_permission_is_refused():
    client = Client(**ELSEWHERE)
    client.force_login(factories.user(role=Role.ENGINEER))
    assert client.get("/metrics").status_code == 403


def test_an_administrator_may_look():
    client = Client(**ELSEWHERE)
    client.force_login(factories.user(role=Role.ADMINISTRATOR))
    assert numbers(client)["shield_database_up", ""] == 1


def test_a_token_of_an_administrator_may_scrape():
    user = factories.user(role=Role.ADMINISTRATOR)
    _, token = token_create(user=user, name="prometheus", days=30, actor="test")
    client = Client(**ELSEWHERE, headers={"Authorization": f"Bearer {token}"})
    assert numbers(client)["shield_database_up", ""] == 1


def test_the_state_of_the_audit_trail():
    empty_trail()
    record(actor="a", act="x.y", object_type="x", object_id=1, object_text="X")
    tamper("UPDATE audit_event SET at = %s", ["2026-01-01 00:00:00+00:00"])
    found = numbers()
    assert (found["shield_audit_unsealed", "all"], found["shield_audit_unsealed", "late"]) == (1, 1)
    assert ("shield_audit_intact", "") not in found
    trail_verify(actor="ada")
    found = numbers()
    assert found["shield_audit_intact", ""] == 1
    assert found["shield_audit_verified_timestamp_seconds", ""] > 1.7e9

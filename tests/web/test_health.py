"""What orchestrators ask: lives, can work; each part that fails is named, and nothing leaks."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from shield.audit.models import Verification
from shield.audit.services import record
from shield.web import health
from tests.audit.support import tamper
from tests.support.triggers import empty_trail


@pytest.fixture(autouse=True)
def asked_afresh(monkeypatch):
    monkeypatch.setattr(health, "_PROBE", health.Probe())


def ready():
    return Client().get("/readyz")


def test_alive_needs_neither_database_nor_login(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-cache" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(db, path):
    assert Client().post(path).status_code == 405


@pytest.mark.django_db
def test_ready_when_every_part_works():
    response = ready()
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "parts": {part: {"ok": True} for part in ("database", "migrations", "broker", "storage")},
    }


@pytest.mark.django_db
def test_asking_leaves_nothing_behind():
    ready()
    assert default_storage.listdir("health") == ([], [])


def _broken(*args, **kwargs):
    raise OperationalError("connection to server at db.internal failed: password of shield")


@pytest.mark.django_db
def test_without_database_it_is_not_ready_and_tells_no_secret(monkeypatch):
    monkeypatch.setattr(connection, "cursor", _broken)
    response = ready()
    assert response.status_code == 503
    part = response.json()["parts"]["database"]
    assert part["ok"] is False
    assert part["message"] == "The database does not answer."
    assert "SHIELD_DATABASE_URL" in part["hint"]
    assert b"db.internal" not in response.content


@pytest.mark.django_db
def test_a_missing_migration_is_counted():
    MigrationRecorder(connection).record_unapplied("findings", "0001_initial")
    part = ready().json()["parts"]["migrations"]
    assert part["message"] == "1 migrations are missing."
    assert "migrate" in part["hint"]


@pytest.mark.django_db
def test_a_storage_that_refuses_is_named(monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    response = ready()
    assert response.status_code == 503
    assert response.json()["parts"]["storage"]["message"].startswith("Files cannot be written")


@pytest.mark.django_db
def test_a_queue_folder_that_refuses_is_named(monkeypatch, tmp_path):
    file = tmp_path / "not-a-folder"
    file.write_text("x")
    monkeypatch.setitem(settings.CELERY_BROKER_TRANSPORT_OPTIONS, "data_folder_out", str(file))
    assert ready().json()["parts"]["broker"]["ok"] is False


@pytest.mark.django_db
def test_a_broker_that_is_away_is_named(monkeypatch):
    from celery import Celery

    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr(health, "current_app", away)
    monkeypatch.setattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {})
    part = ready().json()["parts"]["broker"]
    assert part["message"] == "The message broker does not answer."


@pytest.mark.django_db
def test_many_questions_ask_the_parts_once(monkeypatch):
    asked = []
    monkeypatch.setitem(health.PARTS, "storage", lambda: asked.append(1))
    ready()
    ready()
    assert len(asked) == 1


@pytest.mark.django_db
def test_events_that_wait_for_their_seal_are_a_warning_and_keep_nobody_from_working():
    empty_trail()
    record(actor="a", act="x.y", object_type="x", object_id=1, object_text="X")
    tamper("UPDATE audit_event SET at = %s", ["2026-01-01 00:00:00+00:00"])
    response = ready()
    assert response.status_code == 200
    assert "have waited for their seal" in response.json()["warnings"]["audit"]["message"]


@pytest.mark.django_db
def test_a_broken_audit_trail_is_a_warning():
    Verification.objects.create(actor="a", intact=False, events=1, report={})
    assert "verify_audit" in ready().json()["warnings"]["audit"]["hint"]

"""The production profile refuses what is unsafe, by id and with the line that fixes it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from shield.checks import production_profile, refuse_unsafe_start

SECRET = "q8Z-oW3b7ULxJmCkN4dVtYsRe1hPaGf0uTiB6nXwEzHjKl2SMQyDv5c9"


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.SHIELD_PROFILE = "production"
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    settings.CELERY_BROKER_URL = "redis://localhost:6379/0"
    settings.SECRET_KEY = SECRET
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["shield.example.org"]
    settings.SHIELD_URL = "https://shield.example.org"
    return settings


def ids() -> list[str | None]:
    return [message.id for message in production_profile()]


def test_the_embedded_profile_is_left_alone(settings: Any) -> None:
    settings.DEBUG = True
    assert ids() == []


def test_a_safe_production_profile_starts(production: Any) -> None:
    assert ids() == []
    refuse_unsafe_start()


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("CELERY_BROKER_URL", "filesystem://", "shield.E002"),
        ("CELERY_BROKER_URL", "memory://", "shield.E002"),
        ("SECRET_KEY", "only-for-tests", "shield.E003"),
        ("SECRET_KEY", "x" * 60, "shield.E003"),
        ("SECRET_KEY", f"django-insecure-{SECRET}", "shield.E003"),
        ("DEBUG", True, "shield.E004"),
        ("ALLOWED_HOSTS", [], "shield.E005"),
        ("ALLOWED_HOSTS", ["*"], "shield.E005"),
        ("SHIELD_URL", "http://127.0.0.1:8000", "shield.E008"),
        ("SHIELD_URL", "https://localhost", "shield.E008"),
        ("SHIELD_URL", "https://[::1]", "shield.E008"),
        ("SHIELD_URL", "http://shield.example.org", "shield.E008"),
        ("SHIELD_URL", "shield.example.org", "shield.E008"),
        ("SHIELD_URL", "", "shield.E008"),
    ],
)
def test_what_is_unsafe_is_refused_with_a_hint(
    production: Any, name: str, value: Any, id: str
) -> None:
    setattr(production, name, value)
    (message,) = production_profile()
    assert message.id == id
    assert message.hint
    with pytest.raises(ImproperlyConfigured, match=id):
        refuse_unsafe_start()


def test_sqlite_is_refused(production: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(production.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    (message,) = production_profile()
    assert message.id == "shield.E001"
    assert "SHIELD_DATABASE_URL=postgres://" in message.hint


def test_the_checks_run_with_djangos_own(production: Any) -> None:
    production.DEBUG = True
    assert "shield.E004" in [message.id for message in run_checks(tags=["shield"])]


def test_the_server_does_not_start_on_the_embedded_parts() -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "shield.settings.production",
        "SHIELD_SECRET_KEY": "short",
        "SHIELD_ALLOWED_HOSTS": "shield.example.org",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import shield.wsgi"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    for id in ("shield.E001", "shield.E002", "shield.E003"):
        assert id in done.stderr


def test_old_secret_keys_are_read_from_the_environment() -> None:
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "from django.conf import settings as s; print(s.SECRET_KEY_FALLBACKS)",
        ],
        env={
            "DJANGO_SETTINGS_MODULE": "shield.settings.production",
            "SHIELD_SECRET_KEY": SECRET,
            "SHIELD_SECRET_KEY_FALLBACKS": "old-key,older-key",
            "SHIELD_ALLOWED_HOSTS": "shield.example.org",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert shown.stdout.strip() == "['old-key', 'older-key']"

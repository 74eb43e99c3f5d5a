"""A trail that nobody verifies, or whose heads stay inside, is told: silence is never a good sign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from shield.audit.models import Event
from shield.audit.services import events_seal, heads_publish, record_all, trail_verify, trail_watch
from shield.audit.watching import lacks
from shield.notify import operations
from shield.web import health
from tests.audit.support import drafts, trail

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def asked_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_PROBE", health.Probe())


def names(after: timedelta) -> list[str]:
    return [lack.name for lack in lacks(timezone.now() + after)]


def at(moment: Any) -> Any:
    return mock.patch("django.utils.timezone.now", return_value=moment)


def sealed(count: int) -> None:
    record_all(drafts=drafts(count))
    events_seal()


def test_a_trail_that_is_verified_and_published_lacks_nothing() -> None:
    assert names(9 * DAY) == []
    trail(8)
    assert names(timedelta()) == []
    trail_verify(actor="ada")
    assert names(DAY) == []


def test_a_trail_that_nobody_verifies_for_two_days_is_told() -> None:
    trail(8)
    assert names(3 * DAY) == ["verification"]  # not even once
    trail_verify(actor="ada")
    assert names(1.9 * DAY) == []
    assert names(2.1 * DAY) == ["verification"]


def test_heads_that_are_not_published_for_ten_minutes_are_told(heads: Path) -> None:
    trail(8)
    sealed(8)
    assert names(9 * MINUTE) == []
    (lack,) = lacks(timezone.now() + 11 * MINUTE)
    assert (lack.name, "governance" in lack.message) == ("publishing", True)
    heads_publish()
    assert names(11 * MINUTE) == []


def test_a_head_that_covers_it_does_for_one_that_was_never_published() -> None:
    """Of the heads of one minute only the newest is copied."""
    for _ in range(3):
        sealed(8)
    heads_publish()
    assert names(11 * MINUTE) == []


def test_a_storage_that_fails_is_told_as_heads_that_are_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trail(8)

    def fails(*_: object) -> Iterator[None]:
        raise OSError("away")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage.listdir", fails)
    assert names(11 * MINUTE) == ["publishing"]


def test_what_keeps_the_daily_look_from_looking_is_told(heads: Path) -> None:
    trail(8)
    (heads / "2999").mkdir()
    (heads / "2999" / "x.json").write_text("[]")
    trail_watch()
    event = Event.objects.get(act="operations.trouble")
    assert event.after is not None
    assert (event.object_id, event.after["code"]) == ("verification", "audit.head_file")
    assert "is no published head" in event.after["problem"]


def test_a_folder_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    trail(8)

    def fails(*_: object) -> Iterator[None]:
        raise PermissionError("not yours")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage.open", fails)
    trail_watch()
    assert "not yours" in str(Event.objects.get(act="operations.trouble").after)


def test_the_operators_and_their_probe_are_told_of_both() -> None:
    trail(8)
    sealed(8)
    later = timezone.now() + 3 * DAY
    assert {"verification", "publishing"} <= set(operations.watch(later))
    events_seal()
    with at(later):
        warned = Client().get("/readyz").json()["warnings"]["audit"]
    assert "not been verified" in warned["message"]
    assert "verify_audit" in warned["hint"]

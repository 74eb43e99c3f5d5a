"""Rate limits: by token, by user, by address, shared between processes, and said in the one shape."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from shield.accounts.choices import Role
from shield.accounts.services import token_create
from shield.common import api_throttles
from shield.common.api_throttles import Counter
from tests import factories
from tests.support.handing_in import API, client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(api_throttles, "COUNTER", Counter(clock=lambda: 1_000_020.0))


def test_beyond_the_limit_the_answer_is_429_with_the_seconds(settings: Any) -> None:
    settings.RATE_CALLER = 3
    sender = client(factories.user(role=Role.VIEWER))
    assert [sender.get(f"{API}/services/").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = sender.get(f"{API}/services/")
    assert refused.json()["code"] == "throttled"
    assert {"code", "message", "hint"} <= refused.json().keys()
    assert 1 <= int(refused["Retry-After"]) <= 60


def test_tokens_of_one_user_are_counted_apart(settings: Any) -> None:
    settings.RATE_CALLER = 1
    user = factories.user(role=Role.VIEWER)
    for name in ("one", "two"):
        bearer = {
            "Authorization": f"Bearer {token_create(user=user, name=name, days=1, actor='t')[1]}"
        }
        statuses = [Client().get(f"{API}/services/", headers=bearer).status_code for _ in range(2)]
        assert statuses == [200, 429]


def bearers(count: int, role: Role = Role.VIEWER) -> list[dict[str, str]]:
    user = factories.user(role=role)
    made = (token_create(user=user, name="t", days=1, actor="t")[1] for _ in range(count))
    return [{"Authorization": f"Bearer {token}"} for token in made]


def test_many_tokens_of_one_person_do_not_multiply_the_limit(settings: Any) -> None:
    settings.RATE_CALLER, settings.RATE_PERSON = 2, 5
    tokens = bearers(3)
    statuses = [
        Client().get(f"{API}/services/", headers=each).status_code for each in tokens + tokens
    ]
    assert statuses == [200] * 5 + [429]
    (other,) = bearers(1)
    assert Client().get(f"{API}/services/", headers=other).status_code == 200


def test_what_is_refused_for_want_of_a_role_is_counted_too(settings: Any) -> None:
    settings.RATE_CALLER = 3
    (token,) = bearers(1)
    asked = [Client().get(f"{API}/users/", headers=token).status_code for _ in range(5)]
    assert asked == [403, 403, 403, 429, 429]
    assert Client().get(f"{API}/services/", headers=token).status_code == 429


def test_who_tries_tokens_is_told_to_wait(settings: Any) -> None:
    settings.RATE_ADDRESS = 2
    bearer = {"Authorization": "Bearer shield_guess_guess"}
    statuses = [Client().get(f"{API}/services/", headers=bearer).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    other = Client(REMOTE_ADDR="203.0.113.9").get(f"{API}/services/", headers=bearer)
    assert other.status_code == 401


def test_processes_count_together_and_write_seldom() -> None:
    one, two = (Counter(clock=lambda: 120.0) for _ in range(2))
    allowed = sum(counter.hit("a", 100) for _ in range(100) for counter in (one, two))
    assert 98 <= allowed <= 104


def test_the_next_minute_begins_anew() -> None:
    now = [59.0]
    counter = Counter(clock=lambda: now[0])
    assert [counter.hit("a", 1) for _ in range(2)] == [True, False]
    assert counter.wait() == 1
    now[0] = 60.0
    assert counter.hit("a", 1)


def test_a_body_without_end_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    sender = client(factories.user(role=Role.ENGINEER))
    body = b'{"manifest": "' + b"x" * 2000 + b'"}'
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = sender.post(
            f"{API}/manifests/check/", body, content_type="application/json", headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

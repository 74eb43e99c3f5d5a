"""Bearer tokens: shown once, stored as a digest, refused the moment they should be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from shield.accounts import services
from shield.accounts.models import ApiToken, User
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput
from tests import factories

pytestmark = pytest.mark.django_db
PATH = "/api/v1/services/"


@pytest.fixture
def user() -> User:
    return factories.user("ada")


@pytest.fixture
def issued(user: User) -> tuple[ApiToken, str]:
    return services.token_create(user=user, name="ci", days=30, actor="ada")


def status(client: Client, token: str, scheme: str = "Bearer") -> int:
    return client.get(PATH, headers={"Authorization": f"{scheme} {token}"}).status_code


def test_a_token_signs_its_user_in(client: Client, issued: tuple[ApiToken, str]) -> None:
    assert status(client, issued[1]) == 200
    assert status(client, issued[1], "bearer") == 200


def test_the_token_itself_is_stored_nowhere(issued: tuple[ApiToken, str]) -> None:
    row, token = issued
    secret = token.split("_", 2)[2]
    stored = str(ApiToken.objects.values().get()) + str(list(Event.objects.values()))
    assert secret not in stored
    assert len(row.digest) == 64


def test_its_last_use_is_kept_at_most_once_a_minute(
    client: Client, issued: tuple[ApiToken, str]
) -> None:
    row, token = issued
    status(client, token)
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    status(client, token)
    row.refresh_from_db()
    assert row.last_used_at == first
    with mock.patch("django.utils.timezone.now", return_value=first + timedelta(minutes=2)):
        status(client, token)
    row.refresh_from_db()
    assert row.last_used_at == first + timedelta(minutes=2)


def test_a_wrong_token_is_refused_with_a_code_and_a_hint(
    client: Client, issued: tuple[ApiToken, str]
) -> None:
    token = issued[1]
    for wrong in (token[:-1], token + "x", "shield_x_y", "", "a b", "é", "x" * 10_000):
        response = client.get(PATH, headers={"Authorization": f"Bearer {wrong}"})
        assert response.status_code == 401, wrong[:20]
        assert response.json()["code"] == "token_invalid"
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert "your account's page" in response.json()["hint"]


def test_a_token_whose_prefix_has_another_digest_is_refused(
    client: Client, issued: tuple[ApiToken, str]
) -> None:
    other = services.token_create(user=issued[0].user, name="other", days=1, actor="ada")[1]
    mixed = "_".join([*issued[1].split("_", 2)[:2], other.split("_", 2)[2]])
    assert status(client, mixed) == 401


def test_an_expired_token_is_refused(client: Client, issued: tuple[ApiToken, str]) -> None:
    later = timezone.now() + timedelta(days=31)
    with mock.patch("django.utils.timezone.now", return_value=later):
        assert status(client, issued[1]) == 401


def test_a_revoked_token_is_refused(client: Client, issued: tuple[ApiToken, str]) -> None:
    first = services.token_revoke(token=issued[0], actor="admin")
    again = services.token_revoke(token=issued[0], actor="other")
    assert status(client, issued[1]) == 401
    assert again.revoked_at == first.revoked_at
    assert Event.objects.filter(act="token.revoke").get().actor == "admin"


def test_a_token_of_an_inactive_user_is_refused(
    client: Client, issued: tuple[ApiToken, str], user: User
) -> None:
    user.is_active = False
    user.save()
    assert status(client, issued[1]) == 401


@pytest.mark.parametrize(("name", "days"), [("ci", 0), ("ci", 366), ("", 10), ("x" * 101, 10)])
def test_a_token_needs_a_name_and_an_end(user: User, name: str, days: int) -> None:
    with pytest.raises(InvalidInput):
        services.token_create(user=user, name=name, days=days, actor="ada")
    assert not ApiToken.objects.exists()


def test_nobody_has_more_tokens_that_work_than_the_setting_says(user: User, settings: Any) -> None:
    settings.TOKENS_PER_PERSON = 2
    rows = [services.token_create(user=user, name="t", days=9, actor="ada")[0] for _ in range(2)]
    with pytest.raises(Conflict) as error:
        services.token_create(user=user, name="t", days=9, actor="ada")
    assert error.value.code == "token.too_many"
    services.token_revoke(token=rows[0], actor="ada")
    services.token_create(user=user, name="t", days=9, actor="ada")
    ApiToken.objects.filter(pk=rows[1].pk).update(expires_at=timezone.now())
    services.token_create(user=user, name="t", days=9, actor="ada")
    services.token_create(user=factories.user("other"), name="t", days=9, actor="other")

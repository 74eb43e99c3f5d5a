"""An authenticator app as second factor: adding, signing in, skew, codes that count once, recovery."""

from __future__ import annotations

import re
import time
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from tests import factories
from tests.support.pages import PASSWORD
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = 1_790_000_000


def code(at: float, secret: str = SECRET) -> str:
    """What an app shows at a time (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int(at) // 30))


def with_app(username: str = "mira", role: Role = Role.ENGINEER) -> User:
    user = factories.user(username, role=role)
    TOTP.activate(user, SECRET)
    return user


def begin(client: Client, username: str = "mira") -> HttpResponse:
    """The first step."""
    return client.post("/login/", {"login": username, "password": PASSWORD, "next": "/account/"})


def finish(client: Client, typed: str, at: float = NOW) -> HttpResponse:
    """The second step, at a moment."""
    with mock.patch("allauth.mfa.totp.internal.auth.time.time", return_value=at):
        return client.post("/login/second-factor/", {"code": typed})


def test_the_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B: SHA-1, the last six of eight digits
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [code(at, secret) for at in (59, 1111111109, 20000000000)] == [
        "287082", "081804", "353130",
    ]  # fmt: skip


def test_a_password_alone_lets_nobody_in_who_has_a_factor() -> None:
    with_app()
    client = Client()
    assert begin(client)["Location"] == "/login/second-factor/"
    assert client.get("/account/").status_code == 302
    assert client.get("/api/v1/account").status_code == 401
    response = finish(client, code(NOW))
    assert response["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert Event.objects.filter(act="user.sign_in").get().after["by"] == ["password", "totp"]


@pytest.mark.parametrize(
    ("skew_s", "in_"), [(-30, True), (0, True), (30, True), (-61, False), (61, False)]
)
def test_a_clock_may_be_off_by_one_step(skew_s: int, in_: bool) -> None:
    with_app()
    client = Client()
    begin(client)
    assert (finish(client, code(NOW + skew_s)).status_code == 302) == in_


def test_a_code_counts_once_also_while_it_is_still_valid() -> None:
    with_app()
    first, second = Client(), Client()
    begin(first)
    begin(second)
    assert finish(first, code(NOW)).status_code == 302
    assert finish(second, code(NOW)).status_code == 200
    assert (
        finish(second, code(NOW), at=NOW + 35).status_code == 200
    )  # the library forgets it by then
    assert finish(second, code(NOW + 60), at=NOW + 60).status_code == 302


def test_wrong_codes_shut_the_door(settings: object) -> None:
    settings.LOCKOUT_ACCOUNT = 3  # type: ignore[attr-defined]
    with_app()
    client = Client()
    begin(client)
    for _ in range(3):
        finish(client, "000000")
    assert "Try again in 15 minutes" in finish(client, code(NOW)).content.decode()
    assert Event.objects.filter(act="user.lock_out").get().after["door"] == "code"


def test_adding_an_app_asks_for_a_code_of_it_and_gives_recovery_codes_once() -> None:
    client = Client()
    user = factories.user("mira")
    sign_in(client, user)
    html = client.get("/account/security/app/").content.decode()
    secret = re.search(r"[A-Z2-7]{32}", html)
    assert secret
    assert "data:image/svg+xml" in html
    assert client.post("/account/security/app/", {"code": "000000"}).status_code == 200
    done = client.post("/account/security/app/", {"code": code(time.time(), secret[0])})
    assert done["Location"] == "/account/security/codes/"
    first = client.get("/account/security/codes/").content.decode()
    codes = re.findall(r"<li>\s*(\d{8})\s*</li>", first)
    assert len(codes) == 10
    again = client.get("/account/security/codes/").content.decode()
    assert codes[0] not in again
    assert [
        event.after["kind"] for event in Event.objects.filter(act="factor.add").order_by("pk")
    ] == [
        "totp",
        "recovery_codes",
    ]
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret[0] not in kept
    assert codes[0] not in kept


def test_each_recovery_code_signs_in_once() -> None:
    user = with_app()
    codes = RecoveryCodes.activate(user).get_unused_codes()
    for typed, expected in ((codes[0], 302), (codes[0], 200), (codes[1], 302)):
        client = Client()
        begin(client)
        assert finish(client, typed).status_code == expected


def test_factors_change_only_after_showing_again_who_one_is() -> None:
    user = with_app()
    client = Client()
    sign_in(client, user, ago_s=3600)
    for path in ("/account/security/app/remove/", "/account/security/passkeys/new/"):
        assert client.get(path)["Location"].startswith("/account/again/")
    client.post("/account/again/?next=/account/security/app/remove/", {"password": "wrong"})
    assert client.get("/account/security/app/remove/").status_code == 302
    response = client.post(
        "/account/again/?next=/account/security/app/remove/", {"password": PASSWORD}
    )
    assert response["Location"] == "/account/security/app/remove/"
    assert client.get("/account/security/app/remove/").status_code == 200
    client.post("/account/security/app/remove/")
    assert not Authenticator.objects.filter(user=user).exists()
    assert Event.objects.filter(act="factor.remove").exists()


def test_a_role_can_ask_for_a_second_factor(settings: object) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"approver"})  # type: ignore[attr-defined]
    client = Client()
    sign_in(client, factories.user("app", role=Role.APPROVER))
    assert client.get("/account/")["Location"] == "/account/security/"
    api = client.get("/api/v1/services/", headers={"Authorization": "Basic x"})
    assert (api.status_code, api.json()["code"]) == (403, "second_factor_required")
    assert "needs a second factor" in client.get("/account/security/").content.decode()
    assert client.get("/account/security/app/").status_code == 200
    with_one = Client()
    sign_in(with_one, with_app("with", Role.APPROVER))
    assert with_one.get("/account/").status_code == 200
    other = Client()
    sign_in(other, factories.user("eng"))
    assert other.get("/account/").status_code == 200


def test_whose_role_needs_a_factor_keeps_the_last_one(settings: object) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"approver"})  # type: ignore[attr-defined]
    client = Client()
    user = with_app("with", Role.APPROVER)
    sign_in(client, user)
    assert client.post("/account/security/app/remove/").status_code == 200
    assert Authenticator.objects.filter(user=user).exists()

"""The door shuts after too many failures, for everybody alike, and says for how long."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from shield.accounts import lockout
from shield.accounts.models import FailedSignIns
from shield.audit.models import Event
from tests import factories
from tests.support.pages import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few(settings: object) -> None:
    settings.LOCKOUT_ACCOUNT = 3  # type: ignore[attr-defined]
    settings.LOCKOUT_ADDRESS = 6  # type: ignore[attr-defined]


def attempt(
    name: str, password: str, address: str = "198.51.100.1", client: Client | None = None
) -> str:
    """The page after an attempt; empty when it let the person in."""
    response = (client or Client()).post(
        "/login/", {"login": name, "password": password}, REMOTE_ADDR=address
    )
    return "" if response.status_code == 302 else response.content.decode()


def test_an_account_is_shut_after_its_failures_also_for_the_right_password_elsewhere() -> None:
    factories.user("mira")
    for _ in range(3):
        last = attempt("mira", "wrong")
    assert "Try again in 15 minutes" in last
    assert "Try again in 15 minutes" in attempt("mira", PASSWORD, "203.0.113.9")
    soon = timezone.now() + timedelta(minutes=16)
    with mock.patch("django.utils.timezone.now", return_value=soon):
        assert attempt("mira", PASSWORD) == ""


def test_case_and_spaces_of_the_name_do_not_give_new_attempts() -> None:
    factories.user("mira")
    for name in ("mira", "MIRA", " Mira "):
        last = attempt(name, "wrong")
    assert "Try again" in last


def test_an_address_is_shut_after_failures_on_many_accounts() -> None:
    factories.user("mira")
    for number in range(6):
        attempt(f"person-{number}", "wrong")
    assert "Try again" in attempt("mira", PASSWORD)
    assert attempt("mira", PASSWORD, "203.0.113.9") == ""


def test_signing_in_once_does_not_wipe_what_the_address_did() -> None:
    factories.user("mira")
    for number in range(5):
        attempt(f"person-{number}", "wrong")
    assert attempt("mira", PASSWORD) == ""
    assert "Try again" in attempt("somebody", "wrong")


def test_an_attacker_neither_ends_sessions_nor_shuts_out_a_browser_that_signed_in_before() -> None:
    factories.user("mira")
    own = Client()
    assert attempt("mira", PASSWORD, client=own) == ""
    for _ in range(4):
        attempt("mira", "wrong", "203.0.113.9")
    assert own.get("/account/").status_code == 200
    own.post("/logout/")
    assert attempt("mira", PASSWORD, client=own) == ""
    assert "Try again" in attempt("mira", PASSWORD, "203.0.113.10")


def test_a_device_cookie_opens_no_other_account_and_cannot_be_forged() -> None:
    factories.user("mira")
    factories.user("dan")
    own = Client()
    attempt("mira", PASSWORD, client=own)
    own.post("/logout/")
    for _ in range(3):
        attempt("dan", "wrong", "203.0.113.9")
    assert "Try again" in attempt("dan", PASSWORD, client=own)
    forged = Client()
    forged.cookies[lockout.COOKIE] = own.cookies[lockout.COOKIE].value[:-2] + "xx"
    for _ in range(3):
        attempt("mira", "wrong", "203.0.113.9")
    assert "Try again" in attempt("mira", PASSWORD, client=forged)


def test_the_device_itself_has_no_more_attempts_than_others() -> None:
    factories.user("mira")
    own = Client()
    attempt("mira", PASSWORD, client=own)
    own.post("/logout/")
    for _ in range(3):
        last = attempt("mira", "wrong", client=own)
    assert "Try again" in last
    assert "Try again" in attempt("mira", PASSWORD, client=own)


def plain(html: str) -> str:
    """The page without what differs by itself."""
    import re

    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)
    return re.sub(r'value="(mira|nobody|gone)"', "", html)


def test_nothing_tells_whether_there_is_such_an_account() -> None:
    factories.user("mira")
    factories.user("gone", is_active=False)
    for _ in range(4):
        there, missing = (
            plain(attempt("mira", "wrong")),
            plain(attempt("nobody", "wrong", "2001:db8::1")),
        )
        off = plain(attempt("gone", PASSWORD, "2001:db8::2"))
        assert there == missing == off
    assert "Try again" in there


def test_the_work_is_the_same_for_a_name_that_does_not_exist() -> None:
    factories.user("mira")
    with mock.patch("django.contrib.auth.hashers.MD5PasswordHasher.encode", autospec=True,
                    side_effect=lambda self, password, salt, **_: f"md5${salt}$x") as hashed:  # fmt: skip
        attempt("nobody", "wrong")
        missing = hashed.call_count
        attempt("mira", "wrong")
    assert missing == hashed.call_count - missing == 1


def test_failures_are_in_the_audit_trail_without_what_was_typed_and_not_once_each() -> None:
    factories.user("mira")
    for _ in range(3):
        attempt("mira", "hunter-two-hunter")
        attempt("my secret typed into the wrong box", "x", "203.0.113.9")
    failed = Event.objects.filter(act="user.sign_in_failed")
    assert failed.count() == 2
    assert Event.objects.filter(act="user.lock_out").count() == 2
    kept = str(list(Event.objects.values())) + str(list(FailedSignIns.objects.values()))
    assert "hunter-two" not in kept
    assert "my secret" not in kept
    assert failed.filter(object_text="mira").get().after == {"address": "198.51.100.1"}


def test_what_no_longer_counts_is_removed() -> None:
    attempt("mira", "wrong")
    assert lockout.forget_old() == 0
    later = timezone.now() + timedelta(hours=1)
    with mock.patch("django.utils.timezone.now", return_value=later):
        assert lockout.forget_old() == 2

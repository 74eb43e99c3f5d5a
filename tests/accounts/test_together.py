"""An account changes together with the event that says so, or not at all."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.webauthn.internal import auth as webauthn
from django.test import Client

from shield.accounts.models import User
from shield.accounts.services import invitation_path
from shield.audit.models import Event
from tests import factories
from tests.support.signing_in import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fast_passwords")]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW = "plum orbit canvas seven"
APP = "/account/security/app/"


@pytest.fixture
def fast_passwords(settings: object) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@contextmanager
def nothing_is_recorded(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The audit trail refuses: the disk is full, the database goes away."""

    def fail(**_: object) -> None:
        raise OSError("disk full")

    with patch.context() as inner:
        inner.setattr("shield.accounts.events.record", fail)
        with pytest.raises(OSError, match="disk full"):
            yield


def state(user: User) -> tuple[object, ...]:
    """What these acts change."""
    user.refresh_from_db()
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    return user.password, user.session_epoch, list(factors.values_list("pk", "type"))


def password_invited(client: Client, user: User) -> Callable[[], object]:
    client.logout()
    path = client.get(invitation_path(user=user))["Location"]
    return lambda: client.post(path, {"new_password1": NEW, "new_password2": NEW})


def password_changed(client: Client, user: User) -> Callable[[], object]:
    facts = {"oldpassword": "correct horse", "password1": NEW, "password2": NEW}
    return lambda: client.post("/account/password/", facts)


def app_added(client: Client, user: User) -> Callable[[], object]:
    found = re.search(r"[A-Z2-7]{32}", client.get(APP).content.decode())
    assert found
    code = format_hotp_value(hotp_value(found[0], int(time.time()) // 30))
    return lambda: client.post(APP, {"code": code})


def app_removed(client: Client, user: User) -> Callable[[], object]:
    TOTP.activate(user, SECRET)
    return lambda: client.post(f"{APP}remove/")


def codes_renewed(client: Client, user: User) -> Callable[[], object]:
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return lambda: client.post("/account/security/codes/new/")


def passkey_removed(client: Client, user: User) -> Callable[[], object]:
    TOTP.activate(user, SECRET)
    key = webauthn.WebAuthn.add(user, "Key", {"id": "x"}).instance
    return lambda: client.post(f"/account/security/passkeys/{key.pk}/remove/")


ACTS = {
    password_invited: ["user.password", "session.end_all"],
    password_changed: ["user.password"],
    app_added: ["factor.add", "factor.add"],
    app_removed: ["factor.remove"],
    codes_renewed: ["factor.renew"],
    passkey_removed: ["factor.remove"],
}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_change_that_cannot_be_written_down_does_not_happen(
    act: Callable[[Client, User], Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    user, client = factories.user("mira"), Client()
    sign_in(client, user)
    go = act(client, user)
    before = state(user)
    with nothing_is_recorded(monkeypatch):
        go()
    assert state(user) == before
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    go()
    assert state(user) != before
    assert (
        list(Event.objects.filter(pk__gt=last).order_by("pk").values_list("act", flat=True))
        == (ACTS[act])
    )


def test_what_an_administrator_removes_is_no_act_of_the_person() -> None:
    """Resetting factors has an event of its own, with the administrator as actor."""
    user = factories.user("mira")
    TOTP.activate(user, SECRET)
    Authenticator.objects.filter(user=user).delete()
    assert not Event.objects.filter(act__in=["factor.add", "factor.remove"]).exists()

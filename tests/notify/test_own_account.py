"""What happens to somebody's own account reaches that person, whatever roles are left."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from shield.accounts.choices import Role
from shield.accounts.events import token_refused
from shield.accounts.models import Grant, User
from shield.accounts.services.grants import grant_add, grant_take
from shield.accounts.services.tokens import token_create, token_revoke
from shield.accounts.services.users import (
    factors_reset,
    invitation_renew,
    person_switch_off,
    person_switch_on,
)
from shield.notify.choices import Kind
from shield.notify.deliveries import deliver
from shield.notify.models import Notification, Preference
from shield.notify.reading import read
from shield.notify.selectors import notifications_of
from shield.notify.wording import title
from tests import factories
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return factories.user("ada", role=Role.ADMINISTRATOR)


@pytest.fixture
def mira() -> User:
    """An engineer of one unit, and of nothing else."""
    return factories.user("mira", role=Role.ENGINEER, unit=factories.unit("retail"))


def told(person: User) -> list[str]:
    """What the person finds in the list, the oldest first."""
    read()
    person.__dict__.pop("grant_list", None)
    return [title(row) for row in notifications_of(person).order_by("pk")]


def mailed() -> list[tuple[str, str]]:
    deliver(channel="email", queue="all")
    return [(message.to[0], message.subject) for message in mail.outbox]


def test_a_token_that_somebody_else_made_or_ended_is_told_to_its_owner(
    ada: User, mira: User
) -> None:
    unit = factories.unit("retail")
    row, _ = token_create(user=mira, name="CI", days=9, actor="ada", unit=unit)
    token_revoke(token=row, actor="ada")
    assert told(mira) == [f"A token was made for you: {row}", f"Your token was revoked: {row}"]
    assert set(Notification.objects.values_list("url", flat=True)) == {"/account/tokens/"}
    assert not Notification.objects.exclude(user=mira).exists()
    assert len(mailed()) == 2


def test_ones_own_tokens_are_no_news(mira: User) -> None:
    row, _ = token_create(user=mira, name="CI", days=9, actor="mira")
    token_revoke(token=row, actor="mira")
    assert told(mira) == []


def test_a_token_used_from_elsewhere_is_told_to_its_owner_at_once(mira: User) -> None:
    row, _ = token_create(user=mira, name="CI", days=9, actor="mira", networks=["10.0.0.0/8"])
    token_refused(row, "192.0.2.1")
    assert told(mira) == [f"Your token was used from outside its networks: {row}"]
    assert Notification.objects.get().critical


def test_who_loses_the_last_role_in_a_unit_is_told_and_may_read_it(ada: User, mira: User) -> None:
    grant_take(actor=ada, grant=Grant.objects.get(user=mira), reason="moved")
    assert told(mira) == ["A role was taken from you"]
    assert Notification.objects.get().unit is None
    assert mailed() == [("mira@example.org", "A role was taken from you")]
    client = Client()
    sign_in(client, mira)
    row = Notification.objects.get()
    assert client.get(row.get_absolute_url())["Location"] == "/account/"


def test_a_new_role_is_told_by_its_name(mira: User) -> None:
    grant_add(user=mira, role=Role.RISK_OFFICER, unit=factories.unit("other"), actor="ada")
    assert told(mira) == ["Your role has changed: Risk officer"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (invitation_renew, "An administrator made a new link to set your password"),
        (factors_reset, "An administrator removed your second factors"),
    ],
)
def test_what_an_administrator_does_to_the_sign_in_is_mailed_at_once(
    ada: User, mira: User, act: Any, said: str
) -> None:
    Preference.objects.create(user=mira, email_rhythm="digest")
    act(actor=ada, user=mira, reason="lost the phone")
    assert told(mira) == [said]
    assert mailed() == [("mira@example.org", said)]
    assert not Notification.objects.exclude(kind=Kind.ACCOUNT).exists()


def test_other_administrators_of_everything_hear_who_replaced_a_way_in(
    ada: User, mira: User
) -> None:
    chief = factories.user("chief", role=Role.ADMINISTRATOR)
    local = factories.user("local", role=Role.ADMINISTRATOR, unit=factories.unit("retail"))
    factors_reset(actor=ada, user=mira, reason="lost the phone")
    invitation_renew(actor=ada, user=mira, reason="and the password")
    assert told(chief) == [
        "ada removed the second factors of mira",
        "ada made a new link to set the password of mira",
    ]
    row = notifications_of(chief).first()
    assert row is not None
    assert (row.kind, row.url) == (Kind.OPERATIONS, f"/people/{mira.pk}/")
    assert told(local) == told(ada) == []


def test_each_act_on_an_account_is_a_message_of_its_own(ada: User, mira: User) -> None:
    factors_reset(actor=ada, user=mira, reason="lost the phone")
    read()
    invitation_renew(actor=ada, user=mira, reason="and the password")
    assert len(told(mira)) == 2
    assert len(mailed()) == 2


def test_who_is_let_in_again_is_told(ada: User, mira: User) -> None:
    person_switch_off(actor=ada, user=mira, reason="on leave")
    person_switch_on(actor=ada, user=mira, reason="back")
    mira.refresh_from_db()
    assert told(mira) == ["Your account is switched on again"]


def test_a_token_that_is_gone_is_still_told(mira: User) -> None:
    row, _ = token_create(user=mira, name="CI", days=9, actor="ada")
    row.delete()
    assert len(told(mira)) == 1

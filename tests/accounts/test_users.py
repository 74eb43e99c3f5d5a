"""Users and the commands that make users and tokens."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from shield.accounts import services
from shield.accounts.models import ApiToken, User
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_new_user_can_sign_in_with_the_returned_password() -> None:
    user, password = services.user_create(username="ada", role="engineer", actor="root")
    assert authenticate(username="ada", password=password) == user
    assert len(password) >= 20
    assert password not in str(list(Event.objects.values()))


def test_names_and_roles_that_cannot_be_are_refused() -> None:
    factories.user("ada")
    with pytest.raises(Conflict, match="ada already"):
        services.user_create(username="ada", role="viewer", actor="root")
    for name, role, email in [
        ("a b", "viewer", ""),
        ("", "viewer", ""),
        ("x" * 151, "viewer", ""),
        ("bo", "king", ""),
        ("bo", "viewer", "no address"),
    ]:
        with pytest.raises(InvalidInput):
            services.user_create(username=name, role=role, email=email, actor="root")
    assert User.objects.count() == 1


def test_grants_keep_what_they_were() -> None:
    user, unit = factories.user("ada", role=None), factories.unit("retail")
    grant = services.grant_add(
        user=user, role="approver", unit=unit, tier_limit="high", actor="root", reason="new post"
    )
    again = services.grant_add(
        user=user, role="approver", unit=unit, tier_limit="high", actor="root"
    )
    assert again == grant
    services.grant_remove(grant=grant, actor="root", reason="left")
    given, taken = Event.objects.filter(act__startswith="user.grant").order_by("pk")
    facts = {"role": "approver", "unit": "retail", "tier_limit": "high"}
    assert (given.before, given.after, taken.before) == (None, facts, facts)
    assert not user.grants.exists()


def test_user_create_prints_the_password_once() -> None:
    out = io.StringIO()
    call_command("user_create", "ada", "--role", "risk_officer", stdout=out)
    password = out.getvalue().split()[-1]
    user = authenticate(username="ada", password=password)
    assert isinstance(user, User)
    assert [grant.role for grant in user.grants.all()] == ["risk_officer"]


def test_token_create_prints_nothing_but_the_token_on_standard_output() -> None:
    factories.user("ada")
    out, err = io.StringIO(), io.StringIO()
    call_command("token_create", "ada", "--name", "ci", "--days", "5", stdout=out, stderr=err)
    token = out.getvalue().strip()
    assert token.startswith(f"shield_{ApiToken.objects.get().prefix}_")
    assert "shown only now" in err.getvalue()


def test_token_create_for_one_service_takes_its_id() -> None:
    factories.user("ada")
    service = factories.service("credit")
    command = ("token_create", "ada", "--name", "ci", "--scope", "ci", "--service", "credit")
    call_command(*command, stdout=io.StringIO(), stderr=io.StringIO())
    assert ApiToken.objects.get().service_key == service.pk


@pytest.mark.parametrize(
    "command",
    [
        ("token_create", "ada", "--name", "ci", "--service", "no-such"),
        ("user_create", "a b"),
        ("token_create", "nobody", "--name", "ci"),
        ("token_create", "ada", "--name", "ci", "--days", "0"),
    ],
)
def test_what_cannot_be_done_exits_3_with_a_hint(command: tuple[str, ...]) -> None:
    factories.user("ada")
    with pytest.raises(CommandError) as error:
        call_command(*command)
    assert error.value.returncode == 3
    assert str(error.value).endswith((".", "x", "90."))

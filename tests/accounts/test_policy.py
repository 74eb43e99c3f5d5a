"""Who may do what: the roles of governance, as one table."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.accounts.policy import ACTS, ALL_ACTS, PUBLIC, READ, may

EXPECTED = {
    "service.register": {Role.ENGINEER},
    "deployment.change": {Role.ENGINEER},
    "service.change": {Role.RISK_OFFICER},
    "run.start": {Role.ENGINEER, Role.RISK_OFFICER},
    "run.cancel": {Role.ENGINEER, Role.RISK_OFFICER},
    "finding.work": {Role.ENGINEER, Role.RISK_OFFICER},
    "finding.triage": {Role.RISK_OFFICER},
    "user.manage": {Role.ADMINISTRATOR},
    "operations.view": {Role.ADMINISTRATOR},
    **{key: set(Role) for key in READ},
}


def test_the_table_names_every_act_and_every_role() -> None:
    assert set(EXPECTED) == ALL_ACTS
    assert set(ACTS) == set(Role)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", sorted(EXPECTED))
def test_a_role_may_do_exactly_what_the_table_says(role: Role, act: str) -> None:
    assert may(User(role=role), act) == (role in EXPECTED[act])


@pytest.mark.parametrize("act", sorted(EXPECTED))
def test_nobody_may_anything_without_signing_in_or_when_inactive(act: str) -> None:
    assert not may(AnonymousUser(), act)
    assert not may(User(role=Role.RISK_OFFICER, is_active=False), act)
    assert not may(User(is_superuser=True, is_active=False), act)
    assert not may(None, act)


def test_unknown_roles_and_acts_are_refused() -> None:
    assert not may(User(role="king"), "service.view")
    assert not may(User(role=Role.ADMINISTRATOR), "service.destroy")
    assert not may(User(role=Role.ADMINISTRATOR), PUBLIC)


def test_a_superuser_may_everything() -> None:
    assert all(may(User(is_superuser=True), act) for act in ALL_ACTS)

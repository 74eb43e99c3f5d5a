"""Who may do what, and where: the roles of governance, as one table."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from shield.accounts.choices import Role
from shield.accounts.models import BusinessUnit, Grant, User
from shield.accounts.policy import ACTS, ALL_ACTS, EVERYWHERE, PUBLIC, READ, SELF, may, visible
from shield.registry.models import Service
from tests import factories

ENGINEER, OFFICER, APPROVER = Role.ENGINEER, Role.RISK_OFFICER, Role.APPROVER
PRIVACY, ADMINISTRATOR = Role.PRIVACY_OFFICER, Role.ADMINISTRATOR
WORKS = {ENGINEER, OFFICER}
EXPECTED = {
    "service.register": {ENGINEER},
    "deployment.change": {ENGINEER},
    "metric.push": {ENGINEER},
    "service.change": {OFFICER},
    "run.start": WORKS,
    "run.cancel": WORKS,
    "finding.work": WORKS,
    "finding.comment": WORKS | {APPROVER, PRIVACY},
    "finding.triage": {OFFICER},
    "acceptance.propose": {OFFICER},
    "acceptance.decide": {APPROVER},
    "false_positive.propose": WORKS,
    "false_positive.decide": {OFFICER, APPROVER},
    "policy.propose": {OFFICER},
    "policy.decide": {APPROVER},
    "appetite.propose": {OFFICER},
    "appetite.decide": {APPROVER},
    "tier.assess": WORKS,
    "tier.decide": {APPROVER},
    "statement.sign": {OFFICER, PRIVACY},
    "incident.report": WORKS,
    "incident.manage": {OFFICER},
    "dataset.erase": {PRIVACY},
    "budget.manage": {PRIVACY},
    "user.manage": {ADMINISTRATOR},
    "unit.manage": {ADMINISTRATOR},
    "token.manage": {ADMINISTRATOR},
    "settings.manage": {ADMINISTRATOR},
    "webhook.manage": {ADMINISTRATOR},
    "operations.view": {ADMINISTRATOR},
    **{key: set(Role) for key in READ},
}


def person(*grants: Grant, **facts: object) -> User:
    """Somebody with these grants, without a database."""
    user = User(**facts)
    user.__dict__["grant_list"] = list(grants)
    return user


def test_the_table_names_every_act_and_every_role() -> None:
    assert set(EXPECTED) == ALL_ACTS
    assert set(ACTS) == set(Role)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", sorted(EXPECTED))
def test_a_role_may_do_exactly_what_the_table_says(role: Role, act: str) -> None:
    expected = role in EXPECTED[act]
    own, foreign = BusinessUnit(pk=1), BusinessUnit(pk=2)
    everywhere, in_one = person(Grant(role=role)), person(Grant(role=role, unit=own))
    for of in (None, own, foreign, EVERYWHERE):
        assert may(everywhere, act, of) == expected
    assert may(in_one, act) == expected
    assert may(in_one, act, own) == expected
    assert not may(in_one, act, foreign)
    assert not may(in_one, act, EVERYWHERE)


@pytest.mark.parametrize("act", sorted(EXPECTED))
def test_nobody_may_anything_without_signing_in_or_when_inactive(act: str) -> None:
    assert not may(AnonymousUser(), act)
    assert not may(person(Grant(role=OFFICER), is_active=False), act)
    assert not may(person(is_superuser=True, is_active=False), act)
    assert not may(None, act)
    assert may(person(), act) == (act in SELF)


def test_unknown_roles_and_acts_are_refused() -> None:
    assert not may(person(Grant(role="king")), "service.view")
    assert not may(person(Grant(role=ADMINISTRATOR)), "service.destroy")
    assert not may(person(Grant(role=ADMINISTRATOR)), PUBLIC)


def test_a_superuser_may_everything() -> None:
    assert all(may(person(is_superuser=True), act) for act in ALL_ACTS)


def test_grants_in_two_units_do_not_add_up_across_them() -> None:
    retail, payments = BusinessUnit(pk=1), BusinessUnit(pk=2)
    both = person(Grant(role=OFFICER, unit=retail), Grant(role=APPROVER, unit=payments))
    assert may(both, "acceptance.propose", retail)
    assert not may(both, "acceptance.propose", payments)
    assert may(both, "acceptance.decide", payments)
    assert not may(both, "acceptance.decide", retail)


def test_a_limit_of_tier_bounds_an_approver() -> None:
    limited = person(Grant(role=APPROVER, tier_limit="moderate"))
    for tier, expected in (("low", True), ("moderate", True), ("high", False), ("critical", False)):
        assert may(limited, "acceptance.decide", Service(tier=tier, unit_id=1)) == expected


@pytest.mark.django_db
def test_lists_show_the_rows_of_the_units_of_the_grants() -> None:
    retail, payments = factories.unit("retail"), factories.unit("payments")
    ours = factories.service("ours", unit=retail)
    theirs = factories.service("theirs", unit=payments)
    rows = Service.objects.order_by("pk")
    assert list(visible(rows, factories.user(unit=retail), "service.view")) == [ours]
    assert list(visible(rows, factories.user(), "service.view")) == [ours, theirs]
    assert not visible(rows, factories.user(role=None), "service.view").exists()

"""Roles of one person: those that are kept apart, and those that several groups give."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction

from shield.accounts.choices import Role
from shield.accounts.mapping import _wanted, grants_follow_groups
from shield.accounts.services.grants import grant_add
from shield.common.errors import Conflict
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "roles", list(itertools.permutations([Role.ADMINISTRATOR, Role.APPROVER])), ids=str
)
def test_two_roles_kept_apart_are_not_given_at_the_same_moment(roles: tuple[Role, Role]) -> None:
    person = factories.user("ada", role=None)
    outcomes: list[object] = []

    def second() -> None:
        try:
            outcomes.append(grant_add(user=person, role=roles[1], actor="second"))
        except Conflict as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        grant_add(user=person, role=roles[0], actor="first")
        thread.start()
        time.sleep(0.8)
        assert outcomes == []  # it waits for the first
    thread.join(20)
    assert outcomes == ["grant.apart"]
    assert [grant.role for grant in person.grants.all()] == [roles[0]]


LIMITS = ("", "critical", "high", "moderate", "low")  # from the widest


@pytest.mark.parametrize("pair", list(itertools.permutations(LIMITS, 2)), ids=str)
def test_of_several_groups_that_give_one_role_the_widest_limit_holds(
    settings: Any, pair: tuple[str, str]
) -> None:
    unit = factories.unit("retail")
    entries = [f"approver@retail:{tier}".removesuffix(":") for tier in pair]
    settings.OIDC_GRANTS = {"one": [entries[0]], "two": [entries[1]], "both": entries}
    widest = min(pair, key=LIMITS.index)
    for groups in (["one", "two"], ["two", "one"], ["both"]):
        person = factories.user(role=None)
        grants_follow_groups(user=person, groups=groups)
        (grant,) = person.grants.all()
        assert (grant.role, grant.unit, grant.tier_limit) == (Role.APPROVER, unit, widest)
        grants_follow_groups(user=person, groups=groups)
        assert person.grants.get().tier_limit == widest


def test_the_order_of_what_is_given_does_not_depend_on_the_provider(settings: Any) -> None:
    settings.OIDC_GRANTS = {"a": ["viewer", "engineer@x"], "b": ["viewer@x"], "c": ["approver"]}
    orders = {tuple(_wanted(groups)) for groups in itertools.permutations("abc")}
    assert len(orders) == 1

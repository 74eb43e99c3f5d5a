"""People with the roles that policies need, and a service with a run that fails."""

from __future__ import annotations

from typing import Any

import pytest

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.findings.services import findings_update
from shield.records.models import Run
from shield.registry.models import Service
from shield.risk.defaults import tier_policy
from tests import factories
from tests import sample_measurements as sample


@pytest.fixture
def officer(db: None) -> User:
    return factories.user("otto", Role.RISK_OFFICER)


@pytest.fixture
def approver(db: None) -> User:
    return factories.user("ada", Role.APPROVER)


@pytest.fixture
def both(db: None) -> User:
    """One person with both roles: the constraint is about the person, not the role."""
    user = factories.user("bob", Role.RISK_OFFICER)
    user.grants.create(role=Role.APPROVER)
    return user


@pytest.fixture
def service(db: None) -> Service:
    return factories.service(tier="high")


@pytest.fixture
def failed(service: Service) -> Run:
    """The mortgage example: the ratio of race = black is inconclusive; differences fail."""
    run = factories.run(factories.version(service), policy=tier_policy("high"))
    findings_update(run=run)
    return run


def changed(tier: str = "high", **rules: dict[str, Any]) -> dict[str, Any]:
    """The tier's document with some rules changed: check id with "__" for the dot → parts."""
    document = tier_policy(tier).as_json()
    for name, parts in rules.items():
        check = name.replace("__", ".")
        document["rules"][check] = {**document["rules"].get(check, {}), **parts}
    return document


DIFFERENCE = sample.DIFFERENCE.replace(".", "__")
RATIO = sample.RATIO.replace(".", "__")

"""Limits of business units: two people, versions, breaches at once."""

from __future__ import annotations

import pytest

from shield.accounts.choices import Role
from shield.accounts.models import BusinessUnit, User
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.registry.models import Service
from shield.risk.appetite.limits import Limits
from shield.risk.appetite.models import Appetite
from shield.risk.appetite.selectors import limits_in_force
from shield.risk.appetite.services import (
    appetite_approve,
    appetite_propose,
    appetite_reject,
    appetite_withdraw,
)
from shield.risk.models import Standing
from shield.risk.upkeep import reviews_announce
from tests import factories

pytestmark = pytest.mark.django_db
STRICT = Limits(max_score=1.0)


def propose(actor: User, limits: Limits = STRICT, base: int | None = None) -> Appetite:
    unit = BusinessUnit.default()
    return appetite_propose(unit=unit, limits=limits, base=base, reason="Board", actor=actor)


def test_approved_limits_hold_at_once_for_every_service_of_the_unit(
    service: Service, officer: User, approver: User
) -> None:
    other = factories.service("other", unit=factories.unit("other"))
    made = propose(officer)
    assert limits_in_force([service.unit_id]) == {}
    appetite_approve(appetite=made, actor=approver, note="Yes.")
    assert limits_in_force([service.unit_id]) == {service.unit_id: STRICT}
    assert Standing.objects.get(service=service).in_breach
    assert not Standing.objects.filter(service=other, in_breach=True).exists()
    assert Event.objects.filter(act="appetite.breach").count() == 1


def test_versions_follow_each_other(officer: User, approver: User) -> None:
    first = appetite_approve(appetite=propose(officer), actor=approver, note="x")
    stale = propose(officer, Limits(max_high=1), base=1)
    second = propose(officer, Limits(max_high=2), base=1)
    appetite_approve(appetite=second, actor=approver, note="x")
    first.refresh_from_db()
    second.refresh_from_db()
    assert [(first.number, first.state), (second.number, second.state)] == [
        (1, "replaced"), (2, "approved"),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="version 2, approved by ada"):
        appetite_approve(appetite=stale, actor=approver, note="x")
    with pytest.raises(Conflict):
        propose(officer, Limits(max_high=9), base=1)


def test_four_eyes(both: User, officer: User, approver: User) -> None:
    made = propose(both)
    for act in (appetite_approve, appetite_reject):
        with pytest.raises(NotPermitted, match="yourself"):
            act(appetite=made, actor=both, note="x")
    appetite_reject(appetite=made, actor=approver, note="No.")
    with pytest.raises(Conflict, match="rejected already, by ada"):
        appetite_withdraw(appetite=made, actor=officer)
    assert appetite_withdraw(appetite=propose(both), actor=officer).state == "withdrawn"


def test_only_people_of_the_unit(officer: User) -> None:
    foreign = factories.unit("elsewhere")
    with pytest.raises(NotPermitted):
        propose(factories.user(role=Role.RISK_OFFICER, unit=foreign))
    with pytest.raises(NotPermitted):
        approver = factories.user(role=Role.APPROVER, unit=foreign)
        appetite_approve(appetite=propose(officer), actor=approver, note="x")


@pytest.mark.parametrize(
    "limits",
    [Limits(), Limits(max_score=101), Limits(min_coverage=1.1), Limits(max_age_days=0),
     Limits(max_critical=-1), Limits(max_score=float("nan"))],
)  # fmt: skip
def test_limits_that_cannot_be_are_refused(officer: User, limits: Limits) -> None:
    with pytest.raises(InvalidInput):
        propose(officer, limits)


def test_late_reviews_are_announced_once(officer: User) -> None:
    assert reviews_announce() == 0

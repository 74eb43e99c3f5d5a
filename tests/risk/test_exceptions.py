"""A limit of its own for one service: approved by another person, for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.evidence.measurement import Threshold
from shield.records.models import Run
from shield.registry.models import Service
from shield.risk.models import PolicyException
from shield.risk.policies.backtests import backtest_run
from shield.risk.policies.exceptions import (
    exception_approve,
    exception_end,
    exception_propose,
    exception_reject,
    exception_withdraw,
    exceptions_expire,
)
from shield.risk.policies.guard import WouldClose
from shield.risk.services import LOOSER, policy_for
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db


def propose(service: Service, actor: User, **more: Any) -> PolicyException:
    facts: dict[str, Any] = {
        "check": sample.RATIO, "minimum": 0.7, "maximum": None, "reason": "Small groups",
        "expires_at": timezone.now() + timedelta(days=30),
    } | more  # fmt: skip
    made = exception_propose(service=service, actor=actor, **facts)
    backtest_run(kind="policyexception", pk=made.pk)
    made.refresh_from_db()
    return made


def limit(service: Service) -> Threshold:
    policy, _ = policy_for(tier=service.tier, service_id=service.pk)
    return policy.rules[sample.RATIO].threshold


def test_an_approved_exception_holds_for_its_service_alone(
    service: Service, officer: User, approver: User
) -> None:
    made = propose(service, officer)
    assert limit(service) == Threshold(min=0.8)
    exception_approve(exception=made, actor=approver, note="For now.")
    assert limit(service) == Threshold(min=0.7)
    assert limit(factories.service("other", tier="high")) == Threshold(min=0.8)
    policy, _ = policy_for(tier="high", service_id=service.pk)
    assert policy.name == "tier-high+exception"


def test_the_manifests_looser_wish_warns_until_it_is_approved(
    service: Service, officer: User, approver: User
) -> None:
    wish = {
        "tier": "high",
        "service_id": service.pk,
        "overrides": {sample.RATIO: Threshold(min=0.7)},
    }
    assert [code for code, _ in policy_for(**wish)[1]] == [LOOSER]
    exception_approve(exception=propose(service, officer), actor=approver, note="x")
    policy, warnings = policy_for(**wish)
    assert warnings == ()
    assert policy.rules[sample.RATIO].threshold == Threshold(min=0.7)


def test_it_ends_by_itself_and_says_so_once(
    service: Service, officer: User, approver: User
) -> None:
    made = exception_approve(exception=propose(service, officer), actor=approver, note="x")
    PolicyException.objects.filter(pk=made.pk).update(expires_at=timezone.now())
    assert limit(service) == Threshold(min=0.8)
    assert exceptions_expire() == 1
    assert exceptions_expire() == 0
    assert Event.objects.filter(act="policy.exception_expired").count() == 1


def test_it_can_be_ended_before_its_time(service: Service, officer: User, approver: User) -> None:
    made = exception_approve(exception=propose(service, officer), actor=approver, note="x")
    exception_end(exception=made, actor=officer, note="More data came.")
    assert limit(service) == Threshold(min=0.8)
    assert exception_end(exception=made, actor=officer, note="again").ended_at is not None


def test_a_new_one_for_the_same_check_replaces_the_old(
    service: Service, officer: User, approver: User
) -> None:
    exception_approve(exception=propose(service, officer), actor=approver, note="x")
    second = propose(service, officer, minimum=0.75)
    exception_approve(exception=second, actor=approver, note="x")
    assert limit(service) == Threshold(min=0.75)


def test_four_eyes_and_decisions_are_final(service: Service, both: User, approver: User) -> None:
    made = propose(service, both)
    with pytest.raises(NotPermitted, match="yourself"):
        exception_approve(exception=made, actor=both, note="x")
    exception_reject(exception=made, actor=approver, note="No.")
    with pytest.raises(Conflict, match="rejected already"):
        exception_approve(exception=made, actor=approver, note="x")
    other = exception_withdraw(exception=propose(service, both), actor=both)
    with pytest.raises(Conflict, match="withdrawn already"):
        exception_approve(exception=other, actor=approver, note="x")


def test_only_the_own_unit_and_tier(service: Service, officer: User) -> None:
    foreign = factories.user(role=Role.RISK_OFFICER, unit=factories.unit("elsewhere"))
    with pytest.raises(NotPermitted):
        propose(service, foreign)
    limited = factories.user(role=Role.APPROVER, tier_limit="moderate")
    with pytest.raises(NotPermitted):
        exception_approve(exception=propose(service, officer), actor=limited, note="x")


def test_it_is_refused_while_it_would_close_a_finding(
    service: Service, officer: User, failed: Run
) -> None:
    with pytest.raises(WouldClose):
        propose(service, officer, check=sample.DIFFERENCE, minimum=-0.5, maximum=0.5)


def test_a_tier_that_moved_ends_the_question(
    service: Service, officer: User, approver: User
) -> None:
    made = propose(service, officer)
    Service.objects.filter(pk=service.pk).update(tier="critical")
    with pytest.raises(Conflict, match="another tier"):
        exception_approve(exception=made, actor=approver, note="x")


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"check": "performance.auc"}, "no limit"),
        ({"minimum": 0.8}, "own limit"),
        ({"minimum": None}, "min, max"),
        ({"minimum": float("nan")}, "finite"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "within the next"),
        ({"expires_at": timezone.now() + timedelta(days=400)}, "within the next"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_cannot_be_is_refused(
    service: Service, officer: User, facts: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        propose(service, officer, **facts)

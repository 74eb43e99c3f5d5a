"""Two at once, on PostgreSQL: a loosening never passes a finding that comes at the same moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from shield.accounts.choices import Role
from shield.common.errors import Conflict
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.risk.defaults import tier_policy
from shield.risk.models import PolicyChange, PolicyVersion
from shield.risk.policies.backtests import backtest_run
from shield.risk.policies.proposals import policy_approve, policy_propose
from tests import factories
from tests.risk.conftest import DIFFERENCE, changed

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WIDE = changed(**{DIFFERENCE: {"threshold": {"min": -0.5, "max": 0.5}, "grave": None}})


def proposed(policy: dict[str, object] = WIDE) -> PolicyChange:
    officer = factories.user(role=Role.RISK_OFFICER)
    change = policy_propose(tier="high", base=1, policy=policy, reason="x", actor=officer)
    backtest_run(kind="policychange", pk=change.pk)
    return change


def in_thread(work: Callable[[], object], outcomes: list[object]) -> threading.Thread:
    def run() -> None:
        try:
            outcomes.append(work())
        except Conflict as error:
            outcomes.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def waits_for_a_lock() -> None:
    """Until another connection to this database waits for a lock."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")


def test_an_approval_waits_for_a_run_that_is_finishing_and_sees_its_finding() -> None:
    service = factories.service(tier="high")
    change = proposed()
    approver = factories.user(role=Role.APPROVER)
    run = factories.run(factories.version(service), policy=tier_policy("high"))
    outcomes: list[object] = []
    with transaction.atomic():
        findings_update(run=run)  # not committed yet: nobody else sees its findings
        thread = in_thread(
            lambda: policy_approve(change=change, actor=approver, note="x"), outcomes
        )
        waits_for_a_lock()
        assert outcomes == []  # it waits for the service
    thread.join(20)
    assert not thread.is_alive()
    (refused,) = outcomes
    assert isinstance(refused, Conflict)
    assert refused.code == "policy.would_close"
    assert PolicyVersion.objects.filter(tier="high").count() == 1


def test_a_run_that_finishes_during_an_approval_comes_after_it() -> None:
    service = factories.service(tier="high")
    change, approver = proposed(), factories.user(role=Role.APPROVER)
    run = factories.run(factories.version(service), policy=tier_policy("high"))
    outcomes: list[object] = []
    with transaction.atomic():
        policy_approve(change=change, actor=approver, note="x")
        thread = in_thread(lambda: findings_update(run=run), outcomes)
        waits_for_a_lock()
        assert outcomes == []
    thread.join(20)
    assert not thread.is_alive()
    assert [type(each) for each in outcomes] == [list]
    assert Finding.objects.filter(service=service).count() == len(outcomes[0]) > 0
    assert PolicyVersion.objects.filter(tier="high").count() == 2


def test_of_two_approvals_at_once_one_wins() -> None:
    first = proposed(changed(**{DIFFERENCE: {"threshold": {"min": -0.05, "max": 0.05}}}))
    second = proposed(changed(**{DIFFERENCE: {"threshold": {"min": -0.06, "max": 0.06}}}))
    approver = factories.user(role=Role.APPROVER)
    outcomes: list[object] = []
    threads = [
        in_thread(lambda c=change: policy_approve(change=c, actor=approver, note="x"), outcomes)
        for change in (first, second)
    ]
    for thread in threads:
        thread.join(20)
    kinds = sorted(type(each).__name__ for each in outcomes)
    assert kinds == ["Conflict", "PolicyVersion"]

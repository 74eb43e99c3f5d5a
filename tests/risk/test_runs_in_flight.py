"""A run is judged by the limits that it began with, also when they were loosened before it ended."""

from __future__ import annotations

import pytest

from shield.accounts.models import User
from shield.evidence.judgement import judge
from shield.evidence.measurement import Measurement
from shield.evidence.outcome import Outcome
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.records.models import Run
from shield.registry.models import Service
from shield.risk.defaults import tier_policy
from shield.risk.policies.backtests import backtest_run
from shield.risk.policies.proposals import policy_approve, policy_propose
from shield.risk.policies.versions import version_in_force
from tests import factories
from tests import sample_measurements as sample
from tests.risk.conftest import DIFFERENCE, changed

pytestmark = pytest.mark.django_db
WIDE = {DIFFERENCE: {"threshold": {"min": -0.4, "max": 0.4}, "grave": None}}


def loosened(officer: User, approver: User) -> None:
    change = policy_propose(
        tier="high", base=1, policy=changed(**WIDE), reason="The board asked.", actor=officer
    )
    backtest_run(kind="policychange", pk=change.pk)
    change.refresh_from_db()
    policy_approve(change=change, actor=approver, note="Agreed.")


def test_what_it_finds_is_a_finding_until_a_run_holds_the_limit_that_it_failed(
    officer: User, approver: User, service: Service
) -> None:
    version = factories.version(service)
    began_before = factories.run(version, policy=tier_policy("high"))
    loosened(officer, approver)
    findings_update(run=began_before)
    found = Finding.objects.get(check_id=sample.DIFFERENCE, slice={"race": "black"})
    assert found.state == "open"
    black = next(
        each
        for each in sample.loan_measurements()
        if each.check == sample.DIFFERENCE and each.slice == {"race": "black"}
    )

    def later(item: Measurement) -> Run:
        rules = version_in_force("high").policy
        rule = rules.rules[item.check]
        judged = judge(item, rule.threshold, rule.severity_of(item))
        assert judged.outcome is Outcome.PASS
        run = factories.run(version, [judged], policy=rules)
        findings_update(run=run)
        found.refresh_from_db()
        return run

    later(black)
    assert found.state == "open"  # the limit moved, the model did not
    mended = later(factories.passing(black))
    assert (found.state, found.proof) == ("resolved", mended)


def test_such_a_finding_stands_in_the_way_of_no_further_change(
    officer: User, approver: User, service: Service
) -> None:
    """The limits in force do not fail it, so that a looser one still would not be what closes it."""
    began_before = factories.run(factories.version(service), policy=tier_policy("high"))
    loosened(officer, approver)
    findings_update(run=began_before)
    wider = {DIFFERENCE: {"threshold": {"min": -0.5, "max": 0.5}, "grave": None}}
    made = policy_propose(
        tier="high", base=2, policy=changed(**wider), reason="Once more.", actor=officer
    )
    assert made.pk

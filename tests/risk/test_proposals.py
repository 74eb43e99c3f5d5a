"""A policy is changed by two people, on the ground of the past, and never from under an open finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.evidence.canonical import digest
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.records.models import Run
from shield.registry.models import Service
from shield.risk.defaults import tier_policy
from shield.risk.models import PolicyChange, PolicyVersion
from shield.risk.policies import versions
from shield.risk.policies.backtests import backtest_run
from shield.risk.policies.guard import WouldClose
from shield.risk.policies.models import ChangeState, Origin
from shield.risk.policies.proposals import (
    policy_approve,
    policy_propose,
    policy_reject,
    policy_review,
    policy_withdraw,
)
from shield.risk.policies.versions import (
    policies_overdue_for_review,
    policies_sync,
    policy_in_force,
    version_in_force,
)
from shield.risk.services import policy_for
from tests import factories
from tests import sample_measurements as sample
from tests.risk.conftest import DIFFERENCE, RATIO, changed

pytestmark = pytest.mark.django_db


def propose(actor: User, tier: str = "high", base: int = 1, **more: Any) -> PolicyChange:
    document = more.pop("policy", None) or changed(tier, **{RATIO: {"threshold": {"min": 0.85}}})
    return policy_propose(
        tier=tier, base=base, policy=document, reason="The board asked.", actor=actor, **more
    )


def held(change: PolicyChange) -> PolicyChange:
    backtest_run(kind="policychange", pk=change.pk)
    change.refresh_from_db()
    return change


def approved(change: PolicyChange, by: User) -> PolicyVersion:
    return policy_approve(change=held(change), actor=by, note="Agreed.")


def test_the_first_version_is_the_products_and_has_the_same_identity_as_before() -> None:
    for tier in ("low", "moderate", "high", "critical"):
        version = version_in_force(tier)
        assert version.number == 1
        assert version.sha256 == digest(tier_policy(tier).as_json())
        assert version.policy == tier_policy(tier) == policy_in_force(tier)


def test_a_change_is_in_force_once_a_second_person_has_approved_it(
    officer: User, approver: User
) -> None:
    change = propose(officer, cadence_days=60)
    assert policy_for(tier="high")[0].version == "1"
    version = approved(change, approver)
    assert (version.number, version.cadence_days, version.origin) == (2, 60, Origin.CHANGE)
    policy, _ = policy_for(tier="high")
    assert (policy.name, policy.version) == ("tier-high", "2")
    assert policy.rules[sample.RATIO].threshold.min == 0.85
    assert policy_for(tier="low")[0].version == "1"
    change.refresh_from_db()
    assert (change.state, change.decider, change.decision_note) == ("approved", approver, "Agreed.")


def test_every_step_is_an_event_with_its_reason(officer: User, approver: User) -> None:
    approved(propose(officer), approver)
    acts = list(Event.objects.filter(act__startswith="policy.").order_by("id"))
    steps = [(event.act, event.actor) for event in acts if event.actor != "release"]
    assert steps == [
        ("policy.propose", "otto"), ("policy.approve", "ada"), ("policy.change", "ada"),
    ]  # fmt: skip
    assert acts[-1].before["number"] == 1
    assert acts[-1].after["policy"]["rules"][sample.RATIO]["threshold"] == {"min": 0.85}
    assert acts[-1].reason == "Agreed."


def test_nobody_decides_about_what_they_proposed(both: User) -> None:
    change = held(propose(both))
    with pytest.raises(NotPermitted, match="yourself"):
        policy_approve(change=change, actor=both, note="Fine.")
    with pytest.raises(NotPermitted):
        policy_reject(change=change, actor=both, note="Not fine.")


def test_the_database_refuses_one_person_for_both(officer: User) -> None:
    change = propose(officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyChange.objects.filter(pk=change.pk).update(decider=officer)


def test_a_superuser_needs_a_second_person_too(db: None) -> None:
    root = factories.user("root", None, is_superuser=True)
    change = held(propose(root))
    with pytest.raises(NotPermitted, match="yourself"):
        policy_approve(change=change, actor=root, note="Because I can.")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.APPROVER, Role.ADMINISTRATOR])
def test_only_risk_officers_propose(role: str) -> None:
    with pytest.raises(NotPermitted):
        propose(factories.user(role=role))


def test_whoever_holds_the_role_in_one_unit_changes_nothing_for_all() -> None:
    with pytest.raises(NotPermitted):
        propose(factories.user(role=Role.RISK_OFFICER, unit=factories.unit()))


def test_an_approver_decides_up_to_the_tier_of_the_grant(officer: User) -> None:
    limited = factories.user(role=Role.APPROVER, tier_limit="moderate")
    with pytest.raises(NotPermitted):
        policy_approve(change=held(propose(officer)), actor=limited, note="x")
    assert approved(propose(officer, "moderate"), limited).number == 2


def test_nothing_is_approved_that_was_not_held_to_the_past(officer: User, approver: User) -> None:
    with pytest.raises(Conflict, match="no back-test"):
        policy_approve(change=propose(officer), actor=approver, note="x")


def test_of_two_proposals_against_one_version_only_the_first_is_approved(
    officer: User, approver: User
) -> None:
    first, second = propose(officer), propose(officer, cadence_days=10)
    approved(first, approver)
    with pytest.raises(Conflict, match=r"approved by ada.*made against version 1"):
        approved(second, approver)
    with pytest.raises(Conflict, match="version 2"):
        propose(officer, base=1)


def test_a_decision_is_made_once(officer: User, approver: User) -> None:
    change = propose(officer)
    policy_reject(change=change, actor=approver, note="No.")
    for act in (policy_approve, policy_reject):
        with pytest.raises(Conflict, match="rejected already, by ada"):
            act(change=change, actor=approver, note="x")
    with pytest.raises(Conflict):
        policy_withdraw(change=change, actor=officer)


def test_a_withdrawn_proposal_is_decided_no_more(officer: User, approver: User) -> None:
    change = policy_withdraw(change=propose(officer), actor=officer)
    assert change.state == ChangeState.WITHDRAWN
    with pytest.raises(Conflict, match="withdrawn already"):
        policy_reject(change=change, actor=approver, note="x")


@pytest.mark.parametrize("note", ["", "   "])
def test_a_decision_needs_a_note(officer: User, approver: User, note: str) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        policy_approve(change=held(propose(officer)), actor=approver, note=note)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"rules": {"fairness.nonsense": {"threshold": {"min": 1}}}}, "fairness.nonsense"),
        ({"rules": {sample.RATIO: {"threshold": {}}}}, "cannot be read"),
        ({"rules": {sample.RATIO: {"threshold": {"min": float("inf")}}}}, "finite"),
        ({"rules": {sample.RATIO: {"threshold": {"min": 0.8}, "grave": {"min": 0.9}}}}, "beyond"),
        ({"rules": {sample.RATIO: {"threshold": {"min": 0.8}, "severity": "critical",
                                   "grave": {"min": 0.6}, "grave_severity": "low"}}}, "less severe"),
        ({"rules": []}, "cannot be read"),
        ({"rules": 7}, "cannot be read"),
        ({"fail_on": "never"}, "cannot be read"),
        ({"checks": []}, "asks for no check"),
        ({"checks": ["nonsense"]}, "nonsense"),
        ({}, "changes nothing"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(officer: User, document: Any, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        policy_propose(tier="high", base=1, policy=document, reason="x", actor=officer)


def test_loosening_is_refused_while_a_finding_is_open_that_it_would_close(
    officer: User, failed: Run
) -> None:
    open_ = Finding.objects.filter(check_id=sample.DIFFERENCE, slice={"race": "black"}).get()
    wide = changed(**{DIFFERENCE: {"threshold": {"min": -0.4, "max": 0.4}, "grave": None}})
    with pytest.raises(WouldClose) as refused:
        propose(officer, policy=wide)
    named = {each.finding for each in refused.value.problems}
    assert open_.pk in named
    assert str(open_.label) in refused.value.message or refused.value.total > 5
    assert not PolicyChange.objects.exists()


def test_a_limit_that_becomes_inconclusive_closes_as_well(officer: User, failed: Run) -> None:
    """race = black lies in [−0.302, −0.150]: a limit of −0.2 cuts through it."""
    Finding.objects.exclude(slice={"race": "black"}).update(state="closed")
    cut = changed(**{DIFFERENCE: {"threshold": {"min": -0.2, "max": 0.2}, "grave": None}})
    with pytest.raises(WouldClose):
        propose(officer, policy=cut)
    less = changed(**{DIFFERENCE: {"threshold": {"min": -0.14, "max": 0.14}}})
    assert propose(officer, policy=less).pk


@pytest.mark.parametrize("state", ["resolved", "closed", "accepted", "false_positive", "retired"])
def test_findings_that_are_not_open_stand_in_nobodys_way(
    officer: User, failed: Run, state: str
) -> None:
    Finding.objects.update(state=state)
    wide = changed(**{DIFFERENCE: {"threshold": {"min": -0.4, "max": 0.4}, "grave": None}})
    assert propose(officer, policy=wide).pk


def test_a_resolved_finding_stands_in_the_way_while_the_version_that_failed_serves(
    officer: User, failed: Run
) -> None:
    Finding.objects.update(state="resolved")
    serving = factories.deployment(failed.version)
    wide = changed(**{DIFFERENCE: {"threshold": {"min": -0.4, "max": 0.4}, "grave": None}})
    with pytest.raises(WouldClose):
        propose(officer, policy=wide)
    serving.ended_at = timezone.now()
    serving.save()
    factories.deployment(factories.version(failed.service, "2027.1"))
    assert propose(officer, policy=wide).pk


def test_a_removed_limit_closes_what_failed_it(officer: User, failed: Run) -> None:
    document = changed()
    del document["rules"][sample.DIFFERENCE]
    with pytest.raises(WouldClose):
        propose(officer, policy=document)


def test_findings_of_another_tier_are_another_matter(officer: User, failed: Run) -> None:
    wide = changed("low", **{DIFFERENCE: {"threshold": {"min": -0.4, "max": 0.4}, "grave": None}})
    assert propose(officer, tier="low", policy=wide).pk


def test_a_manifest_that_asks_for_more_keeps_its_findings_open(officer: User, failed: Run) -> None:
    """The tier's limit moves, the service's own tighter one does not: nothing would close."""
    own = {"policy": {sample.DIFFERENCE: {"min": -0.1, "max": 0.1}}}
    Run.objects.filter(pk=failed.pk).update(inputs={"manifest": own})
    wide = changed(**{DIFFERENCE: {"threshold": {"min": -0.4, "max": 0.4}, "grave": None}})
    assert propose(officer, policy=wide).pk


def test_the_approval_looks_again_at_findings_that_came_in_between(
    officer: User, approver: User, service: Service
) -> None:
    wide = changed(**{DIFFERENCE: {"threshold": {"min": -0.4, "max": 0.4}, "grave": None}})
    change = held(propose(officer, policy=wide))
    findings_update(run=factories.run(factories.version(service), policy=tier_policy("high")))
    with pytest.raises(WouldClose):
        policy_approve(change=change, actor=approver, note="x")
    change.refresh_from_db()
    assert change.state == ChangeState.PROPOSED
    assert version_in_force("high").number == 1


def test_versions_never_change(db: None) -> None:
    version = version_in_force("high")
    version.cadence_days = 1
    for act in (version.save, version.delete, PolicyVersion.objects.all().delete):
        with pytest.raises(Conflict):
            act()


def test_a_review_is_due_after_its_days_and_again_after_it_was_done(
    officer: User, approver: User
) -> None:
    version = version_in_force("high")
    late = timezone.now() - timedelta(days=400)
    old = PolicyVersion(
        tier="high", number=2, document=version.document, sha256=version.sha256, cadence_days=90,
        valid_from=late, origin=Origin.RELEASE, made_by="release",
    )  # fmt: skip
    old.save()
    (due,) = policies_overdue_for_review()
    assert due.version == old
    with pytest.raises(NotPermitted):
        policy_review(version=old, actor=officer, note="Still right.")
    policy_review(version=old, actor=approver, note="Still right.", days=100)
    assert policies_overdue_for_review() == []


def test_a_release_adds_limits_of_new_checks_and_moves_none(
    officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_in_force("low")
    approved(propose(officer), approver)
    shipped = tier_policy("high").rules[sample.RATIO]

    def with_more(tier: str) -> Any:
        policy = tier_policy(tier)
        return replace(policy, rules={**policy.rules, "fairness.accuracy": shipped})

    policies_sync()
    monkeypatch.setattr(versions, "tier_policy", with_more)
    made = {version.tier: version for version in policies_sync()}
    assert (made["low"].number, made["high"].number) == (2, 3)
    assert made["high"].policy.rules[sample.RATIO].threshold.min == 0.85
    assert made["high"].policy.rules["fairness.accuracy"] == shipped
    assert policies_sync() == []

"""Who is told of what: people hear of what they can act on, and of nothing that they may not see."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.accounts.policy import ACTS
from shield.audit.services import record
from shield.findings.models import Finding
from shield.incidents.services import incident_report
from shield.notify.choices import Attention, Kind
from shield.notify.models import Notification, Preference
from shield.notify.reading import read
from shield.notify.services.personal import attention_set
from shield.records.models import Run
from tests import factories
from tests.notify.support import happened

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> SimpleNamespace:
    """Two units with one person of every role each, and a service with a finding in the first."""
    people: dict[str, User] = {}
    for slug in ("retail", "payments"):
        unit = factories.unit(slug)
        for role in Role:
            people[f"{slug}-{role}"] = factories.user(f"{slug}-{role}", role=role, unit=unit)
    service = factories.service(unit=factories.unit("retail"), tier="high")
    run = factories.run(factories.version(service))
    finding = factories.finding(run, severity="critical")
    return SimpleNamespace(service=service, run=run, finding=finding, **people, people=people)


def told(kind: str | None = None) -> set[str]:
    """Who was told after everything that happened was read."""
    read()
    rows = Notification.objects.all() if kind is None else Notification.objects.filter(kind=kind)
    return set(rows.values_list("user__username", flat=True))


def of_retail(*roles: Role) -> set[str]:
    return {f"retail-{role}" for role in roles}


WORKERS = of_retail(Role.ENGINEER, Role.RISK_OFFICER)


def test_a_new_critical_finding_reaches_those_who_may_work_on_it_in_its_unit(scene: Any) -> None:
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "critical"})
    assert told() == WORKERS


def test_a_new_finding_of_lower_severity_is_for_the_list(scene: Any) -> None:
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "high"})
    assert told() == set()


def test_a_severity_that_becomes_critical_is_told_once(scene: Any) -> None:
    happened("finding.severity", scene.finding, before={"severity": "high"},
             after={"severity": "critical"})  # fmt: skip
    assert told(Kind.CRITICAL) == WORKERS
    Notification.objects.all().delete()
    happened("finding.severity", scene.finding, before={"severity": "critical"},
             after={"severity": "critical"})  # fmt: skip
    assert told(Kind.CRITICAL) == set()


@pytest.mark.parametrize("act", ["incident.notify_soon", "incident.notify_overdue"])
def test_the_date_for_an_authority_is_told_to_those_who_manage_incidents(
    scene: Any, act: str
) -> None:
    incident = incident_report(
        service=scene.service, title="Wrong", what_happened="Rejected.", severity="high",
        noticed_at=timezone.now(), harm="rights", actor=getattr(scene, "retail-risk_officer"),
    )  # fmt: skip
    Notification.objects.all().delete()
    happened(act, incident, actor="system", after={"severity": "high"})
    assert told(Kind.DEADLINE) == of_retail(Role.RISK_OFFICER)
    critical = Notification.objects.filter(kind=Kind.DEADLINE).values_list("critical", flat=True)
    assert set(critical) == {act == "incident.notify_overdue"}


def test_the_assignee_hears_of_the_assignment_and_nobody_else(scene: Any) -> None:
    happened("finding.assign", scene.finding, before={"assignee": None},
             after={"assignee": "retail-engineer"})  # fmt: skip
    assert told() == {"retail-engineer"}
    assert Notification.objects.get().kind == Kind.ASSIGNED


def test_nobody_hears_of_their_own_acts(scene: Any) -> None:
    happened("finding.assign", scene.finding, actor="retail-engineer",
             after={"assignee": "retail-engineer"})  # fmt: skip
    happened("finding.severity", scene.finding, actor="retail-risk_officer",
             after={"severity": "critical"})  # fmt: skip
    assert told() == {"retail-engineer"}
    assert Notification.objects.get().kind == Kind.CRITICAL


def test_nobody_is_told_about_a_unit_that_they_may_not_see(scene: Any) -> None:
    """Even the person named in the event, if their rights end elsewhere."""
    happened("finding.assign", scene.finding, after={"assignee": "payments-engineer"})
    attention_set(
        user=scene.people["payments-engineer"], target=scene.finding, attention=Attention.FOLLOW
    )
    happened("finding.comment", scene.finding, after={"comment": "x"})
    assert told() == set()


def test_somebody_without_an_active_account_is_told_nothing(scene: Any) -> None:
    User.objects.filter(username="retail-engineer").update(is_active=False)
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "critical"})
    assert told() == {"retail-risk_officer"}


@pytest.mark.parametrize("entity", ["acceptance", "false_positive"])
def test_those_who_may_decide_hear_of_a_proposal_and_its_proposer_of_the_decision(
    scene: Any, entity: str
) -> None:
    happened(f"{entity}.proposed", scene.finding, actor="retail-risk_officer")
    may_decide = {role for role in Role if f"{entity}.decide" in ACTS[role]}
    assert told(Kind.DECISION) == of_retail(*may_decide) - {"retail-risk_officer"}
    happened(f"{entity}.approved", scene.finding, actor="retail-approver")
    assert told(Kind.DECIDED) == {"retail-risk_officer"}


def test_an_exception_is_a_proposal_too(scene: Any) -> None:
    happened("policy.exception_propose", scene.finding, actor="retail-risk_officer")
    assert told(Kind.DECISION) == of_retail(Role.APPROVER)
    happened("policy.exception_reject", scene.finding, actor="retail-approver")
    assert told(Kind.DECIDED) == {"retail-risk_officer"}


def test_an_approver_up_to_a_lower_tier_is_not_asked(scene: Any) -> None:
    unit = factories.unit("retail")
    factories.user("low-only", role=Role.APPROVER, unit=unit, tier_limit="moderate")
    happened("acceptance.proposed", scene.finding, actor="retail-risk_officer")
    assert told(Kind.DECISION) == of_retail(Role.APPROVER)


def test_an_organisations_proposal_is_for_those_who_decide_everywhere(scene: Any) -> None:
    factories.user("chief", role=Role.APPROVER)
    record(actor="somebody", act="policy.proposed", object_type="nothing", object_id=1,
           object_text="A change of policy")  # fmt: skip
    assert told() == {"chief"}


@pytest.mark.parametrize("act", ["finding.regressed", "finding.reopened"])
def test_what_comes_back_reaches_workers_and_the_assignee(scene: Any, act: str) -> None:
    Finding.objects.filter(pk=scene.finding.pk).update(assignee=scene.people["retail-viewer"])
    happened(act, scene.finding, actor="run 7", after={"severity": "high"})
    assert told(Kind.REGRESSED) == WORKERS | {"retail-viewer"}


def test_a_failed_gate_of_the_version_in_production_is_told_and_of_another_not(scene: Any) -> None:
    def finished(run: Run) -> None:
        record(actor="system", act="run.finish", object_type="run", object_id=run.pk,
               object_text=str(run), unit=run.unit_id,
               after={"outcome": "fail", "gate": {"outcome": "fail", "exit": 1}})  # fmt: skip

    factories.deployment(scene.run.version)
    candidate = factories.run(factories.version(scene.service, "next"))
    finished(candidate)
    assert told(Kind.GATE) == set()
    finished(scene.run)
    assert told(Kind.GATE) == WORKERS


def test_who_asked_for_a_run_hears_how_it_ended(scene: Any) -> None:
    Run.objects.filter(pk=scene.run.pk).update(requested_by="retail-engineer")
    record(actor="system", act="run.fail", object_type="run", object_id=scene.run.pk,
           object_text=str(scene.run), unit=scene.run.unit_id, after={"code": "x"})  # fmt: skip
    assert told(Kind.RUN) == {"retail-engineer"}


def test_the_person_behind_the_owner_of_the_manifest_is_told_too(scene: Any) -> None:
    owner = factories.user("mira", role=Role.VIEWER, unit=factories.unit("retail"))
    scene.service.owner = owner.email.upper()
    scene.service.save()
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "critical"})
    assert told() == WORKERS | {"mira"}


def test_overdue_is_escalated_to_those_who_assign(scene: Any) -> None:
    Finding.objects.filter(pk=scene.finding.pk).update(assignee=scene.people["retail-engineer"])
    happened("finding.due_soon", scene.finding, actor="system", after={"days": 7})
    assert told(Kind.DEADLINE) == {"retail-engineer"}
    happened("finding.overdue", scene.finding, actor="system")
    assert told(Kind.DEADLINE) == {"retail-engineer", "retail-risk_officer"}


def test_a_deadline_of_nobodys_finding_is_told_to_those_who_assign(scene: Any) -> None:
    happened("finding.due_soon", scene.finding, actor="system", after={"days": 1})
    assert told() == {"retail-risk_officer"}


def test_administrators_and_operators_hear_of_a_broken_trail(scene: Any) -> None:
    factories.user("admin", role=Role.ADMINISTRATOR)
    factories.user("root", role=None, is_superuser=True)
    record(actor="system", act="audit.broken", object_type="verification", object_id=1,
           object_text="governance 7")  # fmt: skip
    assert told() == {"admin", "root"}
    assert set(Notification.objects.values_list("critical", flat=True)) == {True}


def test_a_superuser_without_a_role_is_not_told_of_everybodys_findings(scene: Any) -> None:
    factories.user("root", role=None, is_superuser=True)
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "critical"})
    assert told() == WORKERS


def test_my_account_is_my_business(scene: Any) -> None:
    user = scene.people["retail-viewer"]
    record(actor="admin", act="user.grant", object_type="user", object_id=user.pk,
           object_text=str(user), after={"role": "engineer"})  # fmt: skip
    assert told() == {"retail-viewer"}


def test_a_comment_reaches_the_assignee_and_followers_of_finding_or_service(scene: Any) -> None:
    Finding.objects.filter(pk=scene.finding.pk).update(assignee=scene.people["retail-engineer"])
    viewer, officer = scene.people["retail-viewer"], scene.people["retail-risk_officer"]
    attention_set(user=viewer, target=scene.finding, attention=Attention.FOLLOW)
    attention_set(user=officer, target=scene.service, attention=Attention.FOLLOW)
    happened("finding.comment", scene.finding, actor="somebody", after={"comment": "x"})
    assert told() == {"retail-engineer", "retail-viewer", "retail-risk_officer"}
    assert set(Notification.objects.values_list("kind", flat=True)) == {Kind.ACTIVITY}


@pytest.mark.parametrize("muted", ["finding", "service"])
def test_what_is_muted_is_not_told(scene: Any, muted: str) -> None:
    officer = scene.people["retail-risk_officer"]
    attention_set(user=officer, target=getattr(scene, muted), attention=Attention.MUTE)
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "critical"})
    assert told() == {"retail-engineer"}


def test_a_kind_that_is_switched_off_everywhere_makes_no_message(scene: Any) -> None:
    off = {"in_app": {Kind.CRITICAL: False}, "email": {Kind.CRITICAL: False}}
    Preference.objects.create(user=scene.people["retail-engineer"], chosen=off)
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "critical"})
    assert told() == {"retail-risk_officer"}


def test_a_kind_only_by_mail_is_not_on_the_pages(scene: Any) -> None:
    chosen = {"in_app": {Kind.CRITICAL: False}}
    Preference.objects.create(user=scene.people["retail-engineer"], chosen=chosen)
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "critical"})
    read()
    shown = dict(Notification.objects.values_list("user__username", "shown"))
    assert shown == {"retail-engineer": False, "retail-risk_officer": True}


def test_an_event_about_what_is_gone_tells_nobody_and_breaks_nothing(scene: Any) -> None:
    for object_type, object_id in (("finding", "999999"), ("run", "no-uuid"), ("ghost", "1")):
        record(actor="x", act="finding.opened", object_type=object_type, object_id=object_id,
               object_text="gone", after={"severity": "high"})  # fmt: skip
    assert told() == set()


def test_a_rule_that_fails_costs_only_its_own_event(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shield.notify import rules

    def broken(*_: object) -> list[rules.Told]:
        raise KeyError("a bug")

    monkeypatch.setitem(rules.RULES, "finding.regressed", broken)
    happened("finding.regressed", scene.finding, actor="run 7", after={"severity": "critical"})
    happened("finding.opened", scene.finding, actor="run 7", after={"severity": "critical"})
    assert told() == WORKERS

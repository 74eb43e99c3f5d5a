from __future__ import annotations

from datetime import timedelta

import pytest

from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput
from shield.evidence.outcome import Severity
from shield.findings.choices import FindingState, TimelineAct
from shield.findings.services import (
    finding_assign,
    finding_comment,
    finding_severity_change,
    finding_start,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def finding():
    return factories.finding()


def test_assigning_is_told_in_timeline_and_audit(finding):
    person = factories.user("ann")
    assert finding_assign(finding=finding, assignee=person, actor="bob").assignee == person
    entry = finding.timeline.get()
    assert (entry.act, entry.actor, entry.note) == (TimelineAct.ASSIGNED, "bob", "ann")
    event = Event.objects.get()
    assert (event.before, event.after) == ({"assignee": None}, {"assignee": "ann"})


def test_assigning_the_same_person_again_is_silent(finding):
    person = factories.user()
    finding_assign(finding=finding, assignee=person, actor="bob")
    finding_assign(finding=finding, assignee=person, actor="bob")
    assert finding.timeline.count() == 1


def test_an_assignee_can_be_removed(finding):
    finding_assign(finding=finding, assignee=factories.user(), actor="bob")
    assert finding_assign(finding=finding, assignee=None, actor="bob").assignee is None
    assert finding.timeline.last().note == "nobody"


def test_somebody_without_an_account_cannot_be_assigned(finding):
    with pytest.raises(InvalidInput, match="no active account"):
        finding_assign(finding=finding, assignee=factories.user(is_active=False), actor="bob")


@pytest.mark.parametrize("state", [FindingState.OPEN, FindingState.REGRESSED])
def test_work_starts_on_what_is_open(state):
    finding = factories.finding(state=state)
    assert finding_start(finding=finding, actor="ann").state == FindingState.IN_PROGRESS
    entry = finding.timeline.get()
    assert (entry.from_state, entry.to_state) == (state, FindingState.IN_PROGRESS)


@pytest.mark.parametrize(
    "state", sorted(set(FindingState) - {FindingState.OPEN, FindingState.REGRESSED})
)
def test_work_does_not_start_on_anything_else(state):
    finding = factories.finding(state=state)
    with pytest.raises(Conflict) as caught:
        finding_start(finding=finding, actor="ann")
    assert caught.value.code == "finding_transition"
    assert "Open, Regressed" in caught.value.hint
    finding.refresh_from_db()
    assert finding.state == state
    assert not Event.objects.exists()


def test_a_comment_is_kept_with_its_author(finding):
    entry = finding_comment(finding=finding, text="  Data of March is wrong. ", actor="ann")
    assert (entry.actor, entry.note) == ("ann", "Data of March is wrong.")
    assert Event.objects.get().act == "finding.comment"


def test_an_empty_comment_is_refused(finding):
    with pytest.raises(InvalidInput):
        finding_comment(finding=finding, text="  \n", actor="ann")


def test_changing_the_severity_moves_the_due_date_and_keeps_the_policys(finding):
    changed = finding_severity_change(
        finding=finding, severity=Severity.LOW, reason="pilot only", actor="ann"
    )
    assert changed.severity == Severity.LOW
    assert changed.policy_severity == finding.policy_severity
    assert changed.due_at - changed.opened_at == timedelta(days=120)
    assert "pilot only" in finding.timeline.get().note


def test_changing_the_severity_needs_a_reason(finding):
    with pytest.raises(InvalidInput, match="reason"):
        finding_severity_change(finding=finding, severity=Severity.LOW, reason=" ", actor="ann")

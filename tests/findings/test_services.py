"""The daily acts of people: what they change, what they leave behind, what they refuse."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.evidence.outcome import Severity
from shield.findings import services
from shield.findings.choices import FindingState, TimelineAct
from shield.findings.models import Clock
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def finding():
    return factories.finding()


@pytest.fixture
def officer():
    return factories.user("bob", role=Role.RISK_OFFICER)


@pytest.fixture
def engineer():
    return factories.user("eve", role=Role.ENGINEER)


def test_assigning_is_told_in_timeline_and_audit(finding, officer):
    person = factories.user("ann")
    done = services.finding_assign(finding=finding, assignee=person, actor=officer)
    assert done.assignee == person
    entry = finding.timeline.get()
    assert (entry.act, entry.actor, entry.note) == (TimelineAct.ASSIGNED, "bob", "ann")
    event = Event.objects.get(object_type="finding")
    assert (event.before, event.after) == ({"assignee": None}, {"assignee": "ann"})
    assert event.unit == finding.service.unit_id


def test_assigning_the_same_person_again_is_silent(finding, officer):
    person = factories.user()
    services.finding_assign(finding=finding, assignee=person, actor=officer)
    services.finding_assign(finding=finding, assignee=person, actor=officer)
    assert finding.timeline.count() == 1
    assert Event.objects.filter(object_type="finding").count() == 1


def test_an_assignee_can_be_removed(finding, officer):
    services.finding_assign(finding=finding, assignee=factories.user(), actor=officer)
    done = services.finding_assign(finding=finding, assignee=None, actor=officer)
    assert done.assignee is None
    assert finding.timeline.last().note == "nobody"


def test_somebody_without_an_account_cannot_be_assigned(finding, officer):
    gone = factories.user(is_active=False)
    with pytest.raises(InvalidInput, match="no active account"):
        services.finding_assign(finding=finding, assignee=gone, actor=officer)


def test_somebody_who_may_not_see_the_unit_cannot_be_assigned(finding, officer):
    foreign = factories.user(unit=factories.unit("treasury"))
    with pytest.raises(InvalidInput) as caught:
        services.finding_assign(finding=finding, assignee=foreign, actor=officer)
    assert caught.value.code == "assignee_cannot_see"


def test_an_engineer_takes_and_gives_back_but_assigns_nobody_else(finding, engineer):
    assert services.finding_assign(finding=finding, assignee=engineer, actor=engineer)
    assert services.finding_assign(finding=finding, assignee=None, actor=engineer).assignee is None
    with pytest.raises(NotPermitted):
        services.finding_assign(finding=finding, assignee=factories.user(), actor=engineer)


def test_an_engineer_does_not_take_a_finding_away_from_its_owner_by_clearing_it(
    finding, engineer, officer
):
    services.finding_assign(finding=finding, assignee=officer, actor=officer)
    with pytest.raises(NotPermitted):
        services.finding_assign(finding=finding, assignee=None, actor=engineer)


def test_starting_is_told_with_its_reason(finding, engineer):
    done = services.finding_start(
        finding=finding, actor=engineer, category="retrain", note="with more data"
    )
    assert done.state == FindingState.IN_PROGRESS
    entry = finding.timeline.get()
    assert (entry.from_state, entry.to_state) == (FindingState.OPEN, FindingState.IN_PROGRESS)
    assert (entry.reason, entry.note) == ("retrain", "with more data")


def test_a_reason_that_is_not_on_the_list_is_refused(finding, engineer):
    with pytest.raises(InvalidInput) as caught:
        services.finding_start(finding=finding, actor=engineer, category="because")
    assert "investigate" in caught.value.hint
    finding.refresh_from_db()
    assert finding.state == FindingState.OPEN


def test_a_comment_is_kept_with_its_author(finding, engineer):
    entry = services.finding_comment(
        finding=finding, text="  Data of March is wrong. ", actor=engineer
    )
    assert (entry.actor, entry.note) == ("eve", "Data of March is wrong.")
    assert Event.objects.get(object_type="finding").act == "finding.comment"


@pytest.mark.parametrize("text", ["  \n", "x" * 5001, "null \0 character"])
def test_a_comment_that_nobody_can_read_is_refused(finding, engineer, text):
    with pytest.raises(InvalidInput):
        services.finding_comment(finding=finding, text=text, actor=engineer)
    assert not finding.timeline.exists()


def test_a_comment_never_conflicts_and_makes_nobody_else_conflict(finding, engineer, officer):
    seen = finding.seen_token
    services.finding_comment(finding=finding, text="mine", actor=engineer)
    services.finding_assign(finding=finding, assignee=officer, actor=officer, seen=seen)
    finding.refresh_from_db()
    assert finding.assignee == officer
    assert [entry.act for entry in finding.timeline.all()] == ["comment", "assigned"]


def test_changing_the_severity_moves_the_due_date_and_keeps_the_policys(finding, officer):
    changed = services.finding_severity_change(
        finding=finding, severity=Severity.LOW, category="exposure", note="pilot", actor=officer
    )
    assert changed.severity == Severity.LOW
    assert changed.severity_overridden
    assert changed.policy_severity == finding.policy_severity
    assert changed.due_at - changed.opened_at == timedelta(days=120)
    assert "pilot" in finding.timeline.get().note


def test_changing_the_severity_needs_words(finding, officer):
    with pytest.raises(InvalidInput):
        services.finding_severity_change(
            finding=finding, severity=Severity.LOW, category="other", note=" ", actor=officer
        )


def test_a_due_date_moves_within_twice_the_days_and_both_are_kept(finding, officer):
    due = finding.opened_at + timedelta(days=60)
    Clock.objects.create(
        finding=finding, severity="high", started_at=finding.opened_at,
        sla_due_at=finding.due_at, due_at=finding.due_at,
    )  # fmt: skip
    changed = services.finding_due_change(
        finding=finding, due_at=due, category="release", note="2026.12", actor=officer
    )
    assert changed.due_at == due
    assert changed.sla_due_at == finding.opened_at + timedelta(days=30)
    clock = Clock.objects.get()
    assert (clock.due_at, clock.sla_due_at) == (due, finding.due_at)
    assert Event.objects.get(object_type="finding").after["reason"] == "release"


@pytest.mark.parametrize(("days", "code"), [(-4, "due_past"), (57.1, "due_too_late")])
def test_a_due_date_in_the_past_or_too_late_is_refused(finding, officer, days, code):
    with pytest.raises(InvalidInput) as caught:
        services.finding_due_change(
            finding=finding, due_at=timezone.now() + timedelta(days=days), category="data",
            note="later", actor=officer,
        )  # fmt: skip
    assert caught.value.code == code


def test_days_of_a_tier_can_be_set(finding, officer, settings):
    settings.SHIELD_SLA_DAYS = {"high": {"low": 40}}
    changed = services.finding_severity_change(
        finding=finding, severity=Severity.LOW, category="impact", note="x", actor=officer
    )
    assert changed.due_at - changed.opened_at == timedelta(days=40)


def test_a_ticket_is_linked_once_and_unlinked_without_being_forgotten(finding, engineer):
    ticket = services.ticket_add(
        finding=finding, url="https://tracker.example/7", title="T-7", actor=engineer
    )
    with pytest.raises(Conflict):
        services.ticket_add(finding=finding, url="https://tracker.example/7", actor=engineer)
    services.ticket_remove(ticket=ticket, actor=engineer)
    services.ticket_remove(ticket=ticket, actor=engineer)
    ticket.refresh_from_db()
    assert ticket.removed_by == "eve"
    acts = list(finding.timeline.values_list("act", flat=True))
    assert acts == [TimelineAct.TICKET, TimelineAct.TICKET_REMOVED]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://x.example/1", "tracker", "https://user:pw@x.example/1",
     "https://x.example/" + "a" * 500, "http://[::1", "data:text/html,x"],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_no_ticket(finding, engineer, url):
    with pytest.raises(InvalidInput):
        services.ticket_add(finding=finding, url=url, actor=engineer)


def test_the_second_writer_is_told_who_was_faster_and_changes_nothing(finding, officer, engineer):
    seen = finding.seen_token
    services.finding_severity_change(
        finding=finding,
        severity=Severity.LOW,
        category="impact",
        note="x",
        actor=officer,
        seen=seen,
    )
    with pytest.raises(Conflict) as caught:
        services.finding_start(finding=finding, actor=engineer, category="data", seen=seen)
    assert caught.value.code == "finding_changed"
    assert "bob" in caught.value.message
    assert "Severity changed" in caught.value.message
    finding.refresh_from_db()
    assert finding.state == FindingState.OPEN

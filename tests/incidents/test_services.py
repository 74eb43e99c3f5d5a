"""The life of an incident: every move from every state by every role, what closing asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.common.api_etags import Changed, row_version
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.incidents.choices import Harm, IncidentState, Notification
from shield.incidents.deadlines import deadlines, deadlines_for
from shield.incidents.models import Incident
from shield.incidents.selectors import incidents_of_finding, incidents_of_service, incidents_visible
from shield.incidents.services import (
    incident_change,
    incident_comment,
    incident_move,
    incident_report,
)
from shield.incidents.transitions import ALLOWED, Move, moves
from shield.registry.models import Deployment, Service
from tests import factories

pytestmark = pytest.mark.django_db

REPORTERS = {Role.ENGINEER, Role.RISK_OFFICER}
MANAGERS = {Role.RISK_OFFICER}


@pytest.fixture
def officer() -> User:
    return factories.user("olga", role=Role.RISK_OFFICER)


def report(of: Service | None = None, **more: Any) -> Incident:
    facts = {
        "service": of or factories.service(), "title": "Wrong rejections",
        "what_happened": "Applicants were rejected.", "severity": "high",
        "noticed_at": timezone.now() - timedelta(hours=1),
        "actor": more.pop("actor", None) or factories.user(),
    } | more  # fmt: skip
    return incident_report(**facts)


def at(state: str) -> Incident:
    incident = report()
    Incident.objects.filter(pk=incident.pk).update(
        state=state, root_cause="A swapped column.", lessons="Check the columns."
    )
    incident.refresh_from_db()
    return incident


def change(incident: Incident, actor: User, **changes: Any) -> Incident:
    return incident_change(incident=incident, changes=changes, reason="x", actor=actor)


def test_a_report_is_on_the_timeline_and_in_the_audit_trail_of_its_unit() -> None:
    service = factories.service(unit=factories.unit("retail"))
    incident = report(service, actor=factories.user("eve", unit=service.unit))
    assert incident.label == f"INC-{incident.pk}"
    assert incident.state == IncidentState.REPORTED
    assert [entry.act for entry in incident.timeline.all()] == ["reported"]
    event = Event.objects.get(act="incident.report")
    assert (event.actor, event.unit, event.object_id) == ("eve", service.unit_id, str(incident.pk))


def test_the_version_is_the_one_that_served_there_when_it_began() -> None:
    service = factories.service()
    old, new = factories.version(service, "1"), factories.version(service, "2")
    now = timezone.now()
    Deployment.objects.create(
        service=service, version=old, environment="production", started_by="ops",
        started_at=now - timedelta(days=9), ended_at=now - timedelta(days=2),
    )  # fmt: skip
    Deployment.objects.create(
        service=service, version=new, environment="production", started_by="ops",
        started_at=now - timedelta(days=2),
    )  # fmt: skip
    begun = report(service, noticed_at=now, started_at=now - timedelta(days=5))
    assert begun.version == old
    assert report(service, noticed_at=now).version == new
    assert report(service, noticed_at=now, environment="staging").version is None


@pytest.mark.parametrize("role", Role)
def test_who_may_report_and_comment(role: str) -> None:
    user = factories.user(role=role)
    incident = report()
    for act in (
        lambda: report(incident.service, actor=user),
        lambda: incident_comment(incident=incident, text="Hm.", actor=user),
    ):
        if role in REPORTERS:
            act()
        else:
            with pytest.raises(NotPermitted):
                act()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", IncidentState)
def test_every_move_from_every_state_by_every_role(state: str, move: Move, role: str) -> None:
    incident, user = at(state), factories.user(role=role)

    def act() -> Incident:
        return incident_move(incident=incident, move=move, reason="Because.", actor=user)

    if role not in MANAGERS:
        with pytest.raises(NotPermitted):
            act()
    elif IncidentState(state) not in ALLOWED[move]:
        with pytest.raises(Conflict):
            act()
    else:
        moved = act()
        assert moved.state == ALLOWED[move][IncidentState(state)]
        assert (moved.closed_at is not None) == (moved.state == IncidentState.CLOSED)
        assert Event.objects.filter(act=f"incident.{move}", reason="Because.").exists()
        assert moved.timeline.last().to_state == moved.state


def test_moves_of_a_state_are_those_of_the_table() -> None:
    assert moves("reported") == [Move.INVESTIGATE, Move.CONTAIN]
    assert moves("closed") == [Move.REOPEN]


def test_an_officer_of_another_unit_may_not(officer: User) -> None:
    incident = report(factories.service(unit=factories.unit("one")))
    other = factories.user(role=Role.RISK_OFFICER, unit=factories.unit("two"))
    with pytest.raises(NotPermitted):
        incident_move(incident=incident, move=Move.INVESTIGATE, reason="x", actor=other)
    assert list(incidents_visible(other)) == []
    assert list(incidents_visible(officer)) == [incident]


@pytest.mark.parametrize("lacking", ["root_cause", "lessons"])
def test_closing_asks_for_cause_and_lessons(officer: User, lacking: str) -> None:
    incident = at("contained")
    Incident.objects.filter(pk=incident.pk).update(**{lacking: ""})
    with pytest.raises(InvalidInput) as caught:
        incident_move(incident=incident, move=Move.CLOSE, reason="Done.", actor=officer)
    assert caught.value.code == "incident_unlearned"
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(state="closed")


def test_after_a_serious_harm_closing_asks_whether_an_authority_must_know(officer: User) -> None:
    incident = at("contained")
    Incident.objects.filter(pk=incident.pk).update(harm=Harm.RIGHTS)
    with pytest.raises(InvalidInput) as caught:
        incident_move(incident=incident, move=Move.CLOSE, reason="Done.", actor=officer)
    assert caught.value.code == "incident_undecided"
    change(incident, officer, notification=Notification.NOT_NEEDED)
    moved = incident_move(incident=incident, move=Move.CLOSE, reason="Done.", actor=officer)
    assert moved.state == IncidentState.CLOSED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lessons": ""}, "incident_unlearned"),
        ({"root_cause": "  "}, "incident_unlearned"),
        ({"harm": Harm.DEATH}, "incident_undecided"),
    ],
)
def test_what_is_closed_stays_fit_to_be_closed(
    officer: User, changes: dict[str, Any], code: str
) -> None:
    incident = at("closed")
    with pytest.raises(InvalidInput) as caught:
        change(incident, officer, **changes)
    assert caught.value.code == code


def test_a_move_and_a_change_need_a_reason(officer: User) -> None:
    incident = report()
    with pytest.raises(InvalidInput):
        incident_move(incident=incident, move=Move.INVESTIGATE, reason=" ", actor=officer)
    with pytest.raises(InvalidInput):
        incident_change(incident=incident, changes={"title": "New"}, reason="", actor=officer)


def test_a_change_tells_what_was_before(officer: User) -> None:
    service = factories.service()
    finding = factories.finding(factories.run(factories.version(service)))
    incident = report(service)
    changed = incident_change(
        incident=incident, changes={"severity": "critical", "root_cause": "A bug."},
        findings=[finding], reason="Looked again", actor=officer,
    )  # fmt: skip
    event = Event.objects.get(act="incident.change")
    assert event.before == {"severity": "high", "root_cause": "", "findings": []}
    assert event.after is not None
    assert event.after["findings"] == [finding.label]
    assert incidents_of_finding(finding) == [changed]
    assert incidents_of_service(service) == [changed]


def test_a_change_of_nothing_leaves_no_trace(officer: User) -> None:
    incident = report()
    incident_change(incident=incident, changes={"title": incident.title}, reason="x", actor=officer)
    assert not Event.objects.filter(act="incident.change").exists()


def test_the_second_writer_is_told(officer: User) -> None:
    incident = report()
    seen = row_version(Incident.objects.get(pk=incident.pk))
    incident_change(
        incident=incident, changes={"title": "First"}, reason="x", actor=officer, seen=seen
    )
    with pytest.raises(Changed):
        incident_change(
            incident=incident, changes={"title": "Second"}, reason="x", actor=officer, seen=seen
        )
    with pytest.raises(Changed):
        incident_move(
            incident=incident, move=Move.INVESTIGATE, reason="x", actor=officer, seen=seen
        )


NOW = timezone.now


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": " "}, "incident_empty"),
        ({"severity": "huge"}, "incident_severity"),
        ({"environment": "moon"}, "incident_environment"),
        ({"harm": "odd"}, "incident_harm"),
        ({"noticed_at": datetime(2200, 1, 1, tzinfo=UTC)}, "incident_future"),
        ({"started_at": datetime(2200, 1, 1, tzinfo=UTC)}, "incident_future"),
        (
            {
                "started_at": datetime(2026, 1, 2, tzinfo=UTC),
                "ended_at": datetime(2026, 1, 1, tzinfo=UTC),
            },
            "incident_order",
        ),
    ],
)
def test_facts_that_cannot_be_are_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        report(**wrong)
    assert caught.value.code == code


def test_versions_and_findings_of_other_services_are_refused() -> None:
    other = factories.run()
    service = factories.service("another")
    for wrong, code in (
        ({"version": other.version}, "incident_version"),
        ({"findings": [factories.finding(other)]}, "incident_finding"),
    ):
        with pytest.raises(InvalidInput) as caught:
            report(service, **wrong)
        assert caught.value.code == code


def test_notified_needs_its_time(officer: User) -> None:
    incident = report()
    with pytest.raises(InvalidInput):
        incident_change(
            incident=incident, changes={"notification": Notification.DONE}, reason="x",
            actor=officer,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("harm", "days"),
    [("infrastructure", 2), ("widespread", 2), ("death", 10), ("health", 15), ("rights", 15),
     ("property", 15)],
)  # fmt: skip
def test_a_serious_harm_sets_the_date_of_article_73(harm: str, days: int) -> None:
    incident = report(harm=harm)
    assert incident.notify_by == incident.noticed_at + timedelta(days=days)
    (rule,) = deadlines_for(harm)
    assert rule.framework == "eu-ai-act"


def test_the_date_follows_the_harm_and_when_it_was_noticed(officer: User) -> None:
    incident = report(harm=Harm.NONE)
    changed = change(incident, officer, harm=Harm.DEATH)
    assert changed.notify_by == incident.noticed_at + timedelta(days=10)
    event = Event.objects.get(act="incident.change")
    assert event.after is not None
    assert event.after["notify_by"] == changed.notify_by.isoformat()
    earlier = incident.noticed_at - timedelta(days=1)
    assert change(incident, officer, noticed_at=earlier).notify_by == earlier + timedelta(days=10)
    assert change(incident, officer, harm=Harm.NONE).notify_by is None


def test_a_date_that_somebody_set_stays(officer: User) -> None:
    incident, wanted = report(harm=Harm.RIGHTS), timezone.now() + timedelta(days=3)
    assert change(incident, officer, harm=Harm.DEATH, notify_by=wanted).notify_by == wanted
    assert change(incident, officer, harm=Harm.HEALTH).notify_by == wanted


def test_no_serious_harm_sets_no_date_and_every_other_harm_has_a_rule() -> None:
    assert report().notify_by is None
    assert {rule.harm for rule in deadlines()} == set(Harm.values) - {Harm.NONE}

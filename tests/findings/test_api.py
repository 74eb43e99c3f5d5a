"""Findings over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.evidence.outcome import Severity
from shield.findings.choices import FindingState, TimelineAct
from shield.findings.models import Finding
from shield.findings.services import findings_update
from tests import factories

pytestmark = pytest.mark.django_db
FINDINGS = "/api/v1/findings/"


def as_role(role: Role) -> Client:
    client = Client()
    client.force_login(factories.user(f"some-{role}", role=role))
    return client


@pytest.fixture
def engineer() -> Client:
    return as_role(Role.ENGINEER)


@pytest.fixture
def run():
    return factories.run()


def listed(client: Client, **query: Any) -> list[int]:
    response = client.get(FINDINGS, query)
    assert response.status_code == 200, response.content
    return [each["id"] for each in response.json()["results"]]


def post(client: Client, finding: Finding, act: str, body: dict[str, Any]) -> Any:
    return client.post(f"{FINDINGS}{finding.pk}/{act}/", body, content_type="application/json")


def test_a_finding_shows_its_number_and_why(engineer, run):
    (finding, *_) = findings_update(run=run)
    shown = engineer.get(f"{FINDINGS}{finding.pk}/").json()
    assert shown["label"] == f"FND-{finding.pk}"
    assert shown["service"] == "mortgage-approval"
    assert shown["slice"] == {"race": "black"}
    assert shown["measurement"]["interval"] == [-0.302, -0.15]
    assert shown["measurement"]["threshold"] == {"min": -0.1, "max": 0.1}
    assert shown["measurement"]["run"] == str(run.pk)
    assert [entry["act"] for entry in shown["timeline"]] == [TimelineAct.OPENED]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "open"}, {"open", "late"}),
        ({"state": ["open", "closed"]}, {"open", "late", "closed"}),
        ({"active": "true"}, {"open", "late"}),
        ({"active": "false"}, {"closed"}),
        ({"overdue": "true"}, {"late"}),
        ({"severity": "critical"}, {"late"}),
        ({"assignee": "ann"}, {"open"}),
        ({"unassigned": "true"}, {"late", "closed"}),
        ({"service": "mortgage-approval"}, {"open", "late", "closed"}),
        ({"service": "other"}, set()),
        ({"pillar": "fairness", "search": "22.6 points"}, {"open", "late", "closed"}),
        ({"check": "fairness.auc_gap"}, set()),
    ],
)
def test_the_list_can_be_narrowed(engineer, run, query, expected):
    yesterday = timezone.now() - timedelta(days=1)
    made = {
        "open": factories.finding(run, assignee=factories.user("ann")),
        "late": factories.finding(run, due_at=yesterday, severity=Severity.CRITICAL),
        "closed": factories.finding(run, state=FindingState.CLOSED, due_at=yesterday),
    }
    assert set(listed(engineer, **query)) == {made[name].pk for name in expected}


def test_the_list_can_be_ordered(engineer, run):
    soon = factories.finding(run, due_at=timezone.now())
    later = factories.finding(run, due_at=timezone.now() + timedelta(days=9))
    assert listed(engineer, ordering="due_at") == [soon.pk, later.pk]
    assert listed(engineer, ordering="-due_at") == [later.pk, soon.pk]


def test_queries_of_the_list_do_not_grow(engineer, run, django_assert_max_num_queries):
    for _ in range(30):
        factories.finding(run)
    listed(engineer)  # the first request of a session writes when it began
    with django_assert_max_num_queries(6):
        assert len(listed(engineer)) == 30


def test_a_comment_names_who_wrote_it(engineer, run):
    finding = factories.finding(run)
    response = post(engineer, finding, "comment", {"text": "Looking at it."})
    assert response.status_code == 201
    assert response.json()["actor"] == "some-engineer"
    assert finding.timeline.get().note == "Looking at it."


def test_an_empty_comment_is_refused(engineer, run):
    assert post(engineer, factories.finding(run), "comment", {"text": " "}).status_code == 400


def test_taking_and_giving_back(engineer, run):
    finding = factories.finding(run)
    assert post(engineer, finding, "claim", {}).json()["assignee"] == "some-engineer"
    assert post(engineer, finding, "assign", {"assignee": None}).json()["assignee"] is None
    assert post(engineer, finding, "assign", {"assignee": "nobody-here"}).status_code == 400


def test_assigning_others_is_triage(engineer, run):
    finding = factories.finding(run)
    factories.user("ann")
    assert post(engineer, finding, "assign", {"assignee": "ann"}).status_code == 403
    assert Finding.objects.get().assignee is None


def test_starting_moves_the_state_once(engineer, run):
    finding = factories.finding(run)
    assert post(engineer, finding, "start", {}).json()["state"] == FindingState.IN_PROGRESS
    again = post(engineer, finding, "start", {})
    assert again.status_code == 409
    assert again.json()["code"] == "finding_transition"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_finding_is_never_overwritten_or_deleted(engineer, run, method):
    finding = factories.finding(run)
    response = getattr(engineer, method)(
        f"{FINDINGS}{finding.pk}/", {"state": "closed"}, content_type="application/json"
    )
    assert response.status_code in (403, 405)
    assert Finding.objects.get().state == FindingState.OPEN

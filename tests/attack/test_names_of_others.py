"""No request tells whether a name or a number belongs to somebody, or something, of a foreign unit.

What exists elsewhere is answered, to the letter, as what exists nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.common.errors import InvalidInput
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.incidents.models import Incident
from shield.incidents.services import incident_change, incident_report
from shield.registry.models import Service
from shield.risk.tiering.questionnaire import questionnaire
from tests import factories
from tests import sample_measurements as sample
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db
NOBODY = "nobody-at-all"


@pytest.fixture
def mine() -> Service:
    service = factories.service("own-service", unit=factories.unit("own"))
    findings_update(run=factories.run(factories.version(service)))
    return service


@pytest.fixture
def stranger() -> User:
    return factories.user("stranger", unit=factories.unit("foreign"))


def signed_in(role: Role) -> Client:
    client = Client()
    sign_in(client, factories.user(f"own-{role}", role=role, unit=factories.unit("own")))
    return client


@pytest.fixture
def officer() -> Client:
    return signed_in(Role.RISK_OFFICER)


def send(client: Client, method: str, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = getattr(client, method)(path, body, content_type="application/json")
    return answer.status_code, answer.content.decode()


def incident(of: Service) -> Incident:
    return incident_report(
        service=of, title="x", what_happened="y", severity="low", noticed_at=timezone.now(),
        actor=factories.user(),
    )  # fmt: skip


@dataclass(frozen=True)
class Named:
    """What a body names: of somebody else, or of nobody."""

    person: str
    unit: str
    service: str
    row: int


def bodies(name: str, mine: Service, named: Named) -> tuple[str, str, dict[str, Any]]:
    finding = mine.findings.first()
    assert finding is not None
    person, unit, row = named.person, named.unit, named.row
    of_a_service = {"service": named.service, "reason": "x", "comment": "x"}
    asked = questionnaire().questions
    answers = {question.id: question.choices[0].id for question in asked}
    later = (timezone.now() + timedelta(days=9)).isoformat()
    report = {"title": "x", "what_happened": "y", "severity": "low", "service": mine.slug,
              "noticed_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    found: dict[str, tuple[str, str, dict[str, Any]]] = {
        "assign": ("post", f"/api/v1/findings/{finding.pk}/assign/", {"assignee": person}),
        "bulk": ("post", "/api/v1/findings/bulk/",
                 {"act": "assign", "findings": [finding.pk], "data": {"assignee": person}}),
        "owner": ("post", reverse("api-service-owner", args=[mine.slug]),
                  {"owner": person, "reason": "x"}),
        "deputies": ("post", reverse("api-service-owner", args=[mine.slug]),
                     {"deputies": [person], "reason": "x"}),
        "linked finding": ("post", "/api/v1/incidents/", {**report, "findings": [row]}),
        "linked version": ("post", "/api/v1/incidents/", {**report, "version": row}),
        "view": ("post", "/api/v1/views/", {"page": "finding-list", "name": "n", "query": "q=1",
                                            "scope": "unit", "unit": unit}),
        "run": ("post", "/api/v1/runs/", {"service": named.service, "version": "2026.11"}),
        "tiering": ("post", "/api/v1/tierings/", {**of_a_service, "answers": answers}),
        "exception": ("post", "/api/v1/policy-exceptions/",
                      {**of_a_service, "check": sample.RATIO, "min": 0.7, "expires_at": later}),
        "appetite": ("post", "/api/v1/appetites/",
                     {"unit": unit, "reason": "x", "comment": "x", "max_score": 50}),
        "statement": ("post", "/api/v1/statements/",
                      {"service": named.service, "framework": "mas-feat", "requirement": "5",
                       "text": "x", "days": 9}),
        "follow service": ("post", reverse("api-attention-list"),
                           {"object_type": "service", "object_id": row, "attention": "follow"}),
        "follow finding": ("post", reverse("api-attention-list"),
                           {"object_type": "finding", "object_id": row, "attention": "follow"}),
    }  # fmt: skip
    return found[name]


@pytest.mark.parametrize(
    "name",
    ["assign", "bulk", "owner", "deputies", "linked finding", "linked version", "view", "run",
     "tiering", "exception", "appetite", "statement", "follow service", "follow finding"],
)  # fmt: skip
def test_what_is_foreign_is_answered_as_what_is_nowhere(
    officer: Client, mine: Service, stranger: User, name: str
) -> None:
    run = factories.run(
        factories.version(factories.service("theirs", unit=factories.unit("foreign")))
    )
    (foreign, *_) = findings_update(run=run)
    rows = {"linked version": run.version_id, "follow service": foreign.service_id}
    row = rows.get(name, foreign.pk)
    there = send(officer, *bodies(name, mine, Named(stranger.username, "foreign", "theirs", row)))
    nowhere = send(officer, *bodies(name, mine, Named(NOBODY, NOBODY, NOBODY, 10**9)))
    assert 400 <= there[0] < 500
    changed = there[1]
    for theirs in (stranger.username, "foreign", "theirs"):
        changed = changed.replace(theirs, NOBODY)
    assert (there[0], changed.replace(f'\\"{row}\\"', f'\\"{10**9}\\"')) == nowhere


def test_findings_of_somebody_who_left_are_given_away_only_where_one_may_see_them(
    officer: Client, stranger: User
) -> None:
    theirs = factories.service("theirs", unit=factories.unit("foreign"))
    (finding, *_) = findings_update(run=factories.run(factories.version(theirs)))
    Finding.objects.filter(pk=finding.pk).update(assignee=stranger)
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    said = []
    for left in (stranger.username, NOBODY):
        body = {"left": left, "owner": f"own-{Role.RISK_OFFICER}"}
        page = officer.post(reverse("orphan-findings"), body, follow=True)
        said.append([str(message) for message in page.context["messages"]])
    assert said[0] == said[1] != []
    finding.refresh_from_db()
    assert finding.assignee == stranger


def test_the_form_that_assigns_does_not_know_people_of_other_units(
    officer: Client, mine: Service, stranger: User
) -> None:
    finding = mine.findings.first()
    assert finding is not None
    for name in (stranger.username, NOBODY):
        path = reverse("finding-assign", args=[finding.pk])
        page = officer.post(path, {"assignee": name}, follow=True).content.decode()
        assert "There is no active account of this name." in page


def test_a_unit_of_others_is_answered_as_none_when_a_webhook_is_made() -> None:
    factories.unit("foreign")
    client = signed_in(Role.ADMINISTRATOR)
    answers = set()
    for unit in ("foreign", NOBODY):
        facts = {"name": "n", "url": "https://example.org/", "acts": ["run.*"], "unit": unit}
        status, text = send(client, "post", "/api/v1/webhooks/", facts)
        answers.add((status, text.replace(unit, "")))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 400


def test_an_incident_is_managed_by_somebody_who_may_see_it(mine: Service, stranger: User) -> None:
    row, officer = incident(mine), factories.user(role=Role.RISK_OFFICER)
    with pytest.raises(InvalidInput, match="may not see"):
        incident_change(incident=row, changes={"manager": stranger}, actor=officer, reason="x")
    near = factories.user("near", unit=mine.unit)
    changed = incident_change(incident=row, changes={"manager": near}, actor=officer, reason="x")
    assert changed.manager == near


def test_sharing_a_view_tells_no_unit_from_none(officer: Client, stranger: User) -> None:
    def share(unit: str) -> int:
        facts = {"page": "finding-list", "name": "x", "query": "", "scope": f"unit:{unit}"}
        return officer.post(reverse("saved-view-save"), facts).status_code

    assert [share(name) for name in ("foreign", NOBODY, "own")] == [422, 422, 302]
    facts = {"page": "finding-list", "name": "x", "query": "", "scope": "unit"}
    answers = [
        officer.post(
            "/api/v1/saved-views/", facts | {"unit": name}, content_type="application/json"
        )
        for name in ("foreign", NOBODY)
    ]
    assert len({(each.status_code, each.content.decode().split(":")[0]) for each in answers}) == 1

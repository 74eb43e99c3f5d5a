"""No request tells whether a name or a number belongs to somebody, or something, of a foreign unit.

What exists elsewhere is answered, to the letter, as what exists nowhere.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.common.errors import InvalidInput
from shield.findings.services import findings_update
from shield.incidents.models import Incident
from shield.incidents.services import incident_change, incident_report
from shield.registry.models import Service
from tests import factories
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


def bodies(
    name: str, mine: Service, person: str, unit: str, row: int
) -> tuple[str, str, dict[str, Any]]:
    finding = mine.findings.first()
    assert finding is not None
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
    }  # fmt: skip
    return found[name]


@pytest.mark.parametrize(
    "name", ["assign", "bulk", "owner", "deputies", "linked finding", "linked version", "view"]
)
def test_what_is_foreign_is_answered_as_what_is_nowhere(
    officer: Client, mine: Service, stranger: User, name: str
) -> None:
    run = factories.run(
        factories.version(factories.service("theirs", unit=factories.unit("foreign")))
    )
    (foreign, *_) = findings_update(run=run)
    row = foreign.pk if name == "linked finding" else run.version_id
    there = send(officer, *bodies(name, mine, stranger.username, "foreign", row))
    nowhere = send(officer, *bodies(name, mine, NOBODY, NOBODY, 10**9))
    assert 400 <= there[0] < 500
    changed = there[1].replace(stranger.username, NOBODY).replace("foreign", NOBODY)
    assert (there[0], changed.replace(f'\\"{row}\\"', f'\\"{10**9}\\"')) == nowhere


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

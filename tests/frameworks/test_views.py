"""The pages and the API of frameworks: what they say, to whom, and at what cost."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shield.accounts.choices import Role
from shield.frameworks.models import Statement
from shield.frameworks.refresh import coverage_refresh, services_changed
from tests import factories

pytestmark = pytest.mark.django_db


def service(slug: str = "loans", **more: object):
    version = factories.version(factories.service(slug, **more))
    factories.run(version)
    services_changed({version.service_id})
    return version.service


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(factories.user("olga", role=Role.RISK_OFFICER))
    return client


def rows(client: Client, url: str) -> list[dict[str, object]]:
    return json.loads(b"".join(client.get(url).streaming_content))


def test_each_gap_has_its_next_step(officer: Client) -> None:
    of = service()
    text = officer.get(f"/services/{of.slug}/frameworks/mas-feat/").content.decode()
    assert "What is missing for this framework" in text
    assert f"/findings/?service={of.slug}&amp;q=fairness.demographic_parity_difference" in text
    assert f"/services/{of.slug}/frameworks/mas-feat/5/sign/" in text
    assert "No check of this product measures monitoring yet" in text
    bare = factories.service("bare")
    assert (
        "manage.py assess shield.yaml"
        in officer.get(f"/services/{bare.slug}/frameworks/mas-feat/").content.decode()
    )


def test_signing_by_page_closes_the_gap_and_a_second_look_is_needed_to_sign(
    officer: Client,
) -> None:
    of = service()
    url = f"/services/{of.slug}/frameworks/mas-feat/5/sign/"
    facts = {"text": "The code of conduct, section 4.", "scope": "service", "days": "90"}
    assert officer.post(url, facts).status_code == 200
    assert not Statement.objects.exists()
    assert officer.post(url, facts | {"sign": "on"}).status_code == 302
    exported = rows(officer, f"/services/{of.slug}/frameworks/mas-feat/?export=json")
    (line,) = [row for row in exported if row["requirement"] == "5"]
    assert (line["stated"], line["missing"], line["signed_by"]) == ("current", False, "olga")
    signed = Statement.objects.get()
    officer.post(f"/statements/{signed.pk}/withdraw/", {"reason": "mistake", "comment": "Oops"})
    signed.refresh_from_db()
    assert signed.withdrawal_reason == "It was a mistake: Oops"


def test_a_requirement_that_measurements_answer_has_no_form(officer: Client) -> None:
    of = service()
    assert officer.get(f"/services/{of.slug}/frameworks/mas-feat/3/sign/").status_code == 404
    assert officer.get(f"/services/{of.slug}/frameworks/none/").status_code == 404


def test_the_list_of_services_is_narrowed_by_requirement_and_state(officer: Client) -> None:
    service("measured")
    bare = factories.service("bare")
    services_changed({bare.pk})
    coverage_refresh()
    url = "/frameworks/nist-ai-rmf/services/?export=json&requirement=measure-2-11&state=measured:"
    assert [row["service"] for row in rows(officer, f"{url}holds")] == ["measured"]
    assert [row["service"] for row in rows(officer, f"{url}not_measured")] == ["bare"]


def test_totals_and_lists_show_nothing_of_a_foreign_unit(client: Client) -> None:
    service("theirs", name="f0reign", unit=factories.unit("foreign"))
    client.force_login(factories.user(role=Role.VIEWER, unit=factories.unit("own")))
    for url in ("/frameworks/", "/frameworks/nist-ai-rmf/", "/frameworks/nist-ai-rmf/services/",
                "/api/v1/coverage/", "/api/v1/frameworks/"):  # fmt: skip
        text = client.get(url).content.decode()
        assert "f0reign" not in text
        assert "theirs" not in text
    assert {item["services"] for item in client.get("/api/v1/frameworks/").json()} == {0}
    for path in (
        "/services/theirs/frameworks/mas-feat/",
        "/api/v1/services/theirs/frameworks/mas-feat/",
    ):
        assert client.get(path).status_code == 404


def test_the_api_says_what_the_pages_say(officer: Client) -> None:
    of = service()
    found = officer.get(f"/api/v1/services/{of.slug}/frameworks/mas-feat/").json()
    assert found["gaps"] == sum(line["missing"] for line in found["requirements"])
    assert all(line["steps"] for line in found["requirements"] if line["missing"])
    body = {"framework": "mas-feat", "requirement": "6", "text": "x", "days": 5, "service": of.slug}
    made = officer.post("/api/v1/statements/", body, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["event"]
    path = f"/api/v1/statements/{made.json()['id']}/withdraw/"
    gone = officer.post(path, {"reason": "Wrong"}, content_type="application/json").json()
    assert (gone["state"], gone["withdrawal_reason"]) == ("withdrawn", "Wrong")
    detail = officer.get("/api/v1/frameworks/nist-ai-rmf/").json()
    assert len(detail["requirements"]) == 72
    nowhere = body | {"service": "no-such"}
    assert (
        officer.post("/api/v1/statements/", nowhere, content_type="application/json").status_code
        == 404
    )


@pytest.mark.parametrize(
    "url",
    ["/frameworks/", "/frameworks/nist-ai-rmf/", "/frameworks/nist-ai-rmf/services/",
     "/statements/", "/api/v1/coverage/", "/api/v1/statements/"],
)  # fmt: skip
def test_many_services_cost_as_many_queries_as_few(officer: Client, url: str) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert officer.get(url).status_code == 200
        return len(captured)

    service("first")
    coverage_refresh()
    cost()
    few = cost()
    for number in range(6):
        service(f"more-{number}")
    coverage_refresh()
    assert cost() == few

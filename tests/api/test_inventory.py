"""The inventory over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.registry.models import Deployment, Service, Version
from tests import factories

pytestmark = pytest.mark.django_db
API = "/api/v1"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def as_role(role: Role) -> Client:
    client = Client()
    client.force_login(factories.user(f"some-{role}", role=role))
    return client


@pytest.fixture
def engineer() -> Client:
    return as_role(Role.ENGINEER)


@pytest.fixture
def officer() -> Client:
    return as_role(Role.RISK_OFFICER)


@pytest.fixture
def service() -> Service:
    return factories.service()


@pytest.fixture
def version(service: Service) -> Version:
    return factories.version(service, label="1")


def get(client: Client, path: str, **query: Any) -> Any:
    response = client.get(f"{API}{path}", query)
    assert response.status_code == 200, response.content
    return response.json()


def post(client: Client, path: str, body: dict[str, Any], status: int = 200) -> Any:
    response = client.post(f"{API}{path}", body, content_type="application/json")
    assert response.status_code == status, response.content
    return response.json()


def ids(page: Any) -> list[Any]:
    return [row["id"] for row in page["results"]]


def test_a_service_shows_what_serves_in_production(engineer: Client, version: Version) -> None:
    body = {"version": version.pk, "environment": "production"}
    started = post(engineer, "/deployments/", body, 201)
    shown = get(engineer, "/services/mortgage-approval/")
    assert (shown["in_production"], shown["version_count"]) == (["1"], 1)
    post(engineer, f"/deployments/{started['id']}/end/", {})
    assert get(engineer, "/services/mortgage-approval/")["in_production"] == []


def test_what_was_in_production_when(engineer: Client, service: Service, version: Version) -> None:
    second = factories.version(service, label="2")
    for number, each in enumerate((version, second)):
        body = {
            "version": each.pk,
            "environment": "production",
            "started_at": (MONDAY + timedelta(days=number)).isoformat(),
        }
        post(engineer, "/deployments/", body, 201)

    def at(moment: datetime) -> list[str]:
        page = get(engineer, "/deployments/", at=moment.isoformat(), environment="production")
        return [row["label"] for row in page["results"]]

    assert at(MONDAY - timedelta(hours=1)) == []
    assert at(MONDAY + timedelta(hours=1)) == ["1"]
    assert at(MONDAY + timedelta(days=1)) == ["2"]


def test_a_change_is_kept_in_the_history_with_its_reason(officer: Client, service: Service) -> None:
    path = f"{API}/services/mortgage-approval/"
    body = {"tier": "critical", "frameworks": ["eu-ai-act"], "reason": "bigger loans"}
    response = officer.patch(path, body, content_type="application/json")
    assert response.status_code == 200
    assert response.json()["tier"] == "critical"
    (event,) = get(officer, "/services/mortgage-approval/history/")["results"]
    assert (event["actor"], event["reason"]) == ("some-risk_officer", "bigger loans")
    assert event["before"] == {"tier": "high", "frameworks": ["mas-feat", "nist-ai-rmf"]}
    assert get(officer, "/history/", object_type="service", object_id=service.pk)["count"] == 1
    assert get(officer, "/history/", actor="nobody")["count"] == 0


def test_a_service_is_retired_and_restored(officer: Client, version: Version) -> None:
    body = {"reason": "replaced"}
    assert post(officer, "/services/mortgage-approval/retire/", body)["retired_at"] is not None
    assert get(officer, "/services/", retired="true")["count"] == 1
    assert get(officer, "/services/", retired="false")["count"] == 0
    body = {"reason": "needed"}
    assert post(officer, "/services/mortgage-approval/restore/", body)["retired_at"] is None
    assert "errors" in post(officer, "/services/mortgage-approval/retire/", {}, 400)


def test_a_conflict_answers_409_with_code_and_hint(engineer: Client, version: Version) -> None:
    Deployment.objects.create(
        service=version.service,
        version=version,
        environment="staging",
        started_at=MONDAY,
        ended_at=MONDAY + timedelta(days=9),
        started_by="x",
    )
    body = {
        "version": version.pk,
        "environment": "staging",
        "started_at": (MONDAY + timedelta(days=1)).isoformat(),
    }
    answer = post(engineer, "/deployments/", body, 409)
    assert answer["code"] == "deployment.order"
    assert answer["hint"]
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"environment": "production"}, "version"),
        ({"version": 0, "environment": "production"}, "version"),
        ({"version": 1, "environment": "moon"}, "environment"),
        ({"version": 1, "environment": "staging", "started_at": "soon"}, "started_at"),
    ],
)
def test_wrong_fields_are_named(engineer: Client, body: dict[str, Any], field: str) -> None:
    assert field in post(engineer, "/deployments/", body, 400)["errors"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tier": "low"}, ["b-service"]),
        ({"framework": "iso-42001"}, ["b-service"]),
        ({"framework": "mas-feat"}, ["mortgage-approval"]),
        ({"owner": "b@example.org"}, ["b-service"]),
        ({"owner_account": "bea"}, ["b-service"]),
        ({"unit": "payments"}, ["b-service"]),
        ({"search": "approval mortgage"}, ["mortgage-approval"]),
        ({"ordering": "-name"}, ["mortgage-approval", "b-service"]),
        ({"page_size": "1"}, ["b-service"]),
        ({"page_size": "1", "page": "2"}, ["mortgage-approval"]),
    ],
)
def test_services_can_be_narrowed_ordered_and_paged(
    engineer: Client, service: Service, query: dict[str, str], found: list[str]
) -> None:
    factories.service(
        "b-service", tier="low", frameworks=["iso-42001"], owner="b@example.org",
        owner_user=factories.user("bea"), unit=factories.unit("payments"),
    )  # fmt: skip
    assert ids(get(engineer, "/services/", **query)) == found


def test_a_service_says_its_unit_and_the_account_behind_its_owner(
    engineer: Client, service: Service
) -> None:
    factories.service("led", owner_user=factories.user("bea"), unit=factories.unit("payments"))
    led, alone = get(engineer, "/services/", ordering="slug")["results"]
    assert (led["unit"], led["owner_account"]) == ("payments", "bea")
    assert (alone["unit"], alone["owner_account"]) == (service.unit.slug, None)


def test_a_change_of_a_service_says_why(officer: Client, service: Service) -> None:
    url = f"{API}/services/{service.slug}/"
    body = {"owner": "b@example.org"}
    refused = officer.patch(url, body, content_type="application/json")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["reason"])
    body |= {"reason": "The team has changed"}
    changed = officer.patch(url, body, content_type="application/json").json()
    assert (changed["owner"], changed["decided"]) == ("b@example.org", ["owner"])


def test_a_deployment_keeps_why_it_began_and_ended(engineer: Client, version: Version) -> None:
    body = {"version": version.pk, "environment": "staging", "reason": "Passed"}
    begun = post(engineer, "/deployments/", body, 201)
    post(engineer, f"/deployments/{begun['id']}/end/", {"reason": "Trial is over"})
    told = Event.objects.filter(act__startswith="deployment.").order_by("pk")
    assert list(told.values_list("act", "reason")) == [
        ("deployment.start", "Passed"), ("deployment.end", "Trial is over"),
    ]  # fmt: skip


def test_versions_and_datasets_are_narrowed_by_service(engineer: Client, version: Version) -> None:
    other = factories.version(factories.service("other"), label="9")
    assert ids(get(engineer, "/versions/", service="other")) == [other.pk]
    assert ids(get(engineer, "/versions/", artefact_sha256=version.artefact_sha256)) == [version.pk]
    (dataset,) = get(engineer, "/datasets/", service="other", role="test")["results"]
    assert get(engineer, f"/versions/{other.pk}/")["datasets"] == {"test": dataset["id"]}
    assert (dataset["rows"], len(dataset["sha256"])) == (1989, 64)
    assert dataset["columns"][0] == {"name": "race", "type": "string"}


@pytest.mark.parametrize("query", ["?tier=huge", "?page=99", "?retired=perhaps", "?framework=x"])
def test_a_filter_that_cannot_be_answers_in_the_one_shape(engineer: Client, query: str) -> None:
    response = engineer.get(f"{API}/services/{query}")
    if query == "?retired=perhaps":
        assert response.status_code == 200
        return
    assert response.status_code in (400, 404)
    assert {"code", "message", "hint"} <= set(response.json())


@pytest.mark.parametrize("path", ["/nowhere/", "/services/none/", "/versions/0/", "/versions/x/"])
def test_an_address_that_is_not_there_answers_in_the_one_shape(engineer: Client, path: str) -> None:
    response = engineer.get(f"{API}{path}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_json_that_is_none_answers_in_the_one_shape(engineer: Client) -> None:
    response = engineer.post(f"{API}/deployments/", "{", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_json_that_is_nested_without_end_answers_in_the_one_shape(engineer: Client) -> None:
    response = engineer.post(f"{API}/deployments/", "[" * 100_000, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize(
    ("fact", "text"),
    [("name", "a\nb"), ("owner", "a\x1b[31mb"), ("purpose", "a\x07b"), ("name", "a\x85b")],
)
def test_control_characters_do_not_get_into_the_inventory(
    officer: Client, service: Service, fact: str, text: str
) -> None:
    path = f"{API}/services/{service.slug}/"
    response = officer.patch(path, {fact: text, "reason": "x"}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (422, "service.characters")
    lines = {"purpose": "first line\nsecond line", "reason": "x"}
    assert officer.patch(path, lines, content_type="application/json").status_code == 200


def some_services(count: int) -> None:
    for number in range(count):
        service = factories.service(f"service-{number}")
        version = factories.version(service)
        factories.deployment(version)


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/services/", 7),  # session, user, grants, count, keys, rows, deployments in production
        ("/versions/", 7),  # session, user, grants, count, keys, rows, datasets
        ("/datasets/", 6),
        ("/deployments/", 6),
        ("/history/", 6),
    ],
)
def test_a_list_takes_the_same_queries_however_long_it_is(
    engineer: Client, path: str, queries: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    some_services(7)
    for number in range(5):
        Event.objects.create(actor="a", act="b", object_type="c", object_id=str(number))
    get(engineer, path)  # the first request of a minute notes in the session that it is used
    with django_assert_num_queries(queries):
        assert get(engineer, path)["count"] >= 5


@pytest.mark.parametrize("at", ["2026-03-02T09:00:00+23:30", "0060-07-07T00:08:19-16:36"])
def test_a_moment_with_any_offset_is_understood(engineer: Client, at: str) -> None:
    assert get(engineer, "/deployments/", at=at)["count"] == 0


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00", "soon"])
def test_a_moment_outside_the_calendar_is_refused(engineer: Client, at: str) -> None:
    response = engineer.get(f"{API}/deployments/", {"at": at})
    assert response.status_code == 400
    assert "at" in response.json()["errors"]

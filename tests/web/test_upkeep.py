"""What served when, retiring by page, and the same over the API."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.records.models import Run
from shield.registry.models import Deployment, Service, Version
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(factories.user("olga", role=Role.RISK_OFFICER))
    return client


def served(of: Version, start: int, end: int | None = None) -> Deployment:
    """In production from `start` days ago to `end` days ago."""
    now = timezone.now()
    return Deployment.objects.create(
        service=of.service, version=of, environment="production", started_by="ops",
        started_at=now - timedelta(days=start),
        ended_at=None if end is None else now - timedelta(days=end),
    )  # fmt: skip


def assessed(of: Version, days: int) -> Run:
    run = factories.run(of)
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=days))
    return run


def ago(days: int) -> str:
    return (timezone.now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")


def answer(client: Client, days: int) -> list[dict[str, object]]:
    found = client.get(f"/api/v1/in-production/?at={ago(days)}Z").json()
    return found["results"]


def test_a_moment_shows_what_served_then_with_the_evidence_of_then(officer: Client) -> None:
    service = factories.service()
    old, new = factories.version(service, "1"), factories.version(service, "2")
    served(old, 30, 10)
    served(new, 10)
    first, second = assessed(old, 25), assessed(old, 12)
    assert [(row["version"], row["run"]) for row in answer(officer, 28)] == [("1", None)]
    assert [(row["version"], row["run"]) for row in answer(officer, 20)] == [("1", str(first.pk))]
    assert [(row["version"], row["run"]) for row in answer(officer, 11)] == [("1", str(second.pk))]
    assert [row["version"] for row in answer(officer, 1)] == ["2"]
    assert answer(officer, 40) == []
    page = officer.get(f"/in-production/?at={ago(20)}").content.decode()
    assert ">1<" in page
    assert str(first.pk) in page
    response = officer.get(f"/in-production/?at={ago(20)}&export=json")
    (row,) = json.loads(b"".join(response.streaming_content))
    assert (row["version"], row["run"]) == ("1", str(first.pk))


def test_a_moment_that_is_none_is_refused_by_the_api_and_now_for_the_page(officer: Client) -> None:
    assert officer.get("/api/v1/in-production/?at=yesterday").status_code == 400
    assert officer.get("/in-production/?at=yesterday").status_code == 200


def test_a_foreign_unit_served_nothing(client: Client) -> None:
    served(factories.version(factories.service(unit=factories.unit("theirs"))), 5)
    client.force_login(factories.user(role=Role.VIEWER, unit=factories.unit("own")))
    assert answer(client, 1) == []


def test_many_deployments_cost_as_many_queries_as_few(officer: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert officer.get("/in-production/").status_code == 200
        return len(captured)

    def more(slug: str) -> None:
        version = factories.version(factories.service(slug))
        served(version, 5)
        assessed(version, 2)

    more("one")
    cost()
    few = cost()
    for number in range(6):
        more(f"more-{number}")
    assert cost() == few


def test_retiring_and_restoring_by_page(officer: Client) -> None:
    version = factories.version()
    served(version, 5)
    url = f"/services/{version.service.slug}/"
    shown = officer.get(f"{url}retire/").content.decode()
    assert "1 deployment ends now" in shown
    officer.post(f"{url}retire/", {"reason": "replaced", "comment": ""})
    assert Service.objects.get().retired_at is None
    officer.post(f"{url}retire/", {"reason": "replaced", "comment": "By the new one"})
    assert Service.objects.get().retired_at is not None
    assert Deployment.objects.get().ended_at is not None
    assert "Restore" in officer.get(url).content.decode()
    officer.post(f"{url}restore/", {"reason": ""})
    assert Service.objects.get().retired_at is not None
    officer.post(f"{url}restore/", {"reason": "Needed"})
    assert Service.objects.get().retired_at is None


def test_owner_deputies_badge_and_orphans_over_the_api(officer: Client) -> None:
    service = factories.service()
    factories.user("dora")
    orphans = officer.get("/api/v1/orphans/?page_size=1").json()
    assert (orphans["count"], orphans["next"]) == (1, None)
    assert [(row["kind"], row["id"]) for row in orphans["results"]] == [("service", service.slug)]
    wanted = {"owner": "dora", "deputies": ["olga"], "reason": "New team"}
    done = officer.post(
        f"/api/v1/services/{service.slug}/owner/", wanted, content_type="application/json"
    )
    assert done.json() == {"owner": "dora", "deputies": ["olga"], "reason": "New team"}
    assert officer.get("/api/v1/orphans/").json()["results"] == []
    path = f"/api/v1/services/{service.slug}/badge/"
    assert officer.get(path).json() == {"enabled": False, "url": ""}
    on = officer.post(path, {"enabled": True}, content_type="application/json").json()
    assert f"/badge/{service.slug}.svg?token=" in on["url"]
    off = officer.post(path, {"enabled": False}, content_type="application/json").json()
    assert off == {"enabled": False, "url": ""}

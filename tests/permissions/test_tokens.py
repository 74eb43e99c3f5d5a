"""Tokens: scopes × every route of the API, and the unit, service and networks that they are bound to."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver

from assessments.models import Submission
from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.accounts.policy import ALL_ACTS, PUBLIC, service_path
from shield.accounts.scopes import ALL, SCOPES, acts_of
from shield.accounts.services import token_create
from shield.audit.models import Event
from shield.records.models import Run
from shield.registry.models import Service
from shield.uploads.services import upload_start
from tests import factories
from tests.api.routes import METHODS, Route, routes
from tests.support.asking import Asking

pytestmark = pytest.mark.django_db
HERE = "198.51.100.7"
ASKED_LATER = {"POST api-acceptance-withdraw", "POST api-finding-bulk", "POST api-finding-reopen"}
"""The service asks, object by object, for one of several acts."""
PIPELINES = {
    "DELETE api-upload-detail", "PATCH api-upload-detail", "POST api-assessment-list",
    "POST api-deployment-end", "POST api-deployment-list", "POST api-manifest-check",
    "POST api-metrics", "POST api-run-cancel", "POST api-run-list", "POST api-upload-list",
}  # fmt: skip
WORK_ON_FINDINGS = {
    "POST api-false-positive-withdraw", "POST api-finding-assign", "POST api-finding-claim",
    "POST api-finding-comment", "POST api-finding-due", "POST api-finding-propose-acceptance",
    "POST api-finding-propose-false-positive", "POST api-finding-release",
    "POST api-finding-severity", "POST api-finding-start", "POST api-finding-ticket",
    "POST api-finding-ticket-remove", "POST api-incident-comment", "POST api-incident-list",
}  # fmt: skip
CHANGES = {
    "read": ASKED_LATER,
    "ci": ASKED_LATER | PIPELINES,
    "findings": ASKED_LATER | WORK_ON_FINDINGS,
}
"""What a token of each scope may send, apart from reading. A new line here gives leaked tokens more."""


def ask(token: str, route: Route, address: str = HERE) -> int:
    request = getattr(Asking(REMOTE_ADDR=address), route.method)
    bearer = {"Authorization": f"Bearer {token}"}
    return int(
        request(route.path, data={}, content_type="application/json", headers=bearer).status_code
    )


def callbacks(patterns: list[Any]) -> dict[tuple[str, str], Any]:
    """The view behind each method of each route."""
    found: dict[tuple[str, str], Any] = {}
    for entry in patterns:
        if isinstance(entry, URLResolver):
            found |= callbacks(entry.url_patterns)
        elif entry.name and hasattr(entry.callback, "cls"):
            actions = getattr(entry.callback, "actions", None) or METHODS
            found |= {(entry.name, method): entry.callback for method in actions}
    return found


@functools.cache
def every_callback() -> dict[tuple[str, str], Any]:
    """Read once: the resolver's patterns stay as they are."""
    return callbacks(get_resolver().url_patterns)


def act_behind(route: Route) -> str:
    """The act that the route's view names for the method."""
    callback = every_callback()[route.name, route.method]
    acts = getattr(callback.cls, "acts", None)
    if acts is None:  # the description of the API, a view of the library
        return PUBLIC
    action = getattr(callback, "actions", {}).get(route.method)
    found: str = acts.get(action) or acts[route.method.upper()]
    return found


def holder() -> User:
    """Somebody who may everything, so that only the token limits."""
    return factories.user("holder", role=None, is_superuser=True)


def test_no_scope_but_all_holds_decisions_and_every_scope_is_of_real_acts() -> None:
    decisions = {act for act in ALL_ACTS if act.endswith(".decide") or act == "statement.sign"}
    for name, acts in SCOPES.items():
        assert acts <= ALL_ACTS
        assert name == ALL or not acts & decisions, name
    assert acts_of(["read", "nothing"]) == SCOPES["read"]
    assert acts_of([]) == frozenset()


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_opens_exactly_the_routes_of_its_scope(scope: str) -> None:
    _, token = token_create(user=holder(), name="t", days=1, actor="", scopes=[scope])
    wrong, changes = [], set()
    for route in routes():
        act = act_behind(route)
        if act == PUBLIC:
            continue
        answer = ask(token, route)
        if (answer == 403) == (act in SCOPES[scope]) or answer == 401 or answer >= 500:
            wrong.append((str(route), act, answer))
        if answer != 403 and route.method != "get":
            changes.add(str(route))
    assert wrong == []
    assert changes == CHANGES.get(scope, changes)


def status(token: str, path: str, address: str = HERE) -> int:
    client = Client(REMOTE_ADDR=address)
    return int(client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code)


def test_a_token_of_one_unit_sees_nothing_of_another_whatever_its_owner_may() -> None:
    retail, payments = factories.unit("retail"), factories.unit("payments")
    factories.service("ours", unit=retail)
    factories.service("theirs", unit=payments)
    for owner in (factories.user("everywhere", role=Role.RISK_OFFICER), holder()):
        _, token = token_create(user=owner, name="t", days=1, actor="", unit=retail)
        assert status(token, "/api/v1/services/ours/") == 200
        assert status(token, "/api/v1/services/theirs/") == 404
    elsewhere = factories.user("elsewhere", role=Role.RISK_OFFICER, unit=payments)
    _, token = token_create(user=elsewhere, name="t", days=1, actor="", unit=retail)
    assert status(token, "/api/v1/services/ours/") == 403


def test_a_token_of_one_service_sees_only_what_belongs_to_it() -> None:
    ours, theirs = factories.service("ours"), factories.service("theirs")
    mine, other = factories.version(ours), factories.version(theirs)
    _, token = token_create(
        user=factories.user("owner"), name="t", days=1, actor="", service_key=ours.pk
    )
    assert status(token, "/api/v1/services/ours/") == 200
    assert status(token, "/api/v1/services/theirs/") == 404
    assert status(token, f"/api/v1/versions/{mine.pk}/") == 200
    assert status(token, f"/api/v1/versions/{other.pk}/") == 404
    client = Client()
    start = {"version": other.pk, "environment": "production"}
    response = client.post("/api/v1/deployments/", start, content_type="application/json",
                           headers={"Authorization": f"Bearer {token}"})  # fmt: skip
    assert response.status_code == 404


def test_a_token_of_one_service_sees_its_runs_and_hand_ins_alone() -> None:
    ours, theirs = factories.service("ours"), factories.service("theirs")
    owner = factories.user("owner", role=Role.ENGINEER)
    _, token = token_create(user=owner, name="t", days=1, actor="", service_key=ours.pk)
    upload = upload_start(owner=owner, name="x", size=1, sha256="0" * 64)
    assert status(token, f"/api/v1/uploads/{upload.pk}/") == 200
    for service, seen in ((ours, 200), (theirs, 404)):
        run = factories.run(factories.version(service))
        assert status(token, f"/api/v1/runs/{run.pk}/") == seen
        for made in (run, None):  # a dry run, and one that waits, have none
            address = f"/api/v1/assessments/{handed_in(owner, service, made).pk}/"
            assert status(token, address) == seen
            result = 200 if made else 409
            assert status(token, f"{address}result") == (result if service == ours else 404)
    for path, count in (("assessments", 2), ("runs", 1), ("uploads", 1)):
        assert read(token, f"/api/v1/{path}/")["count"] == count


def test_what_hangs_on_no_service_is_not_taken_for_one_by_its_number() -> None:
    """A delivery's `endpoint__unit` names no service, whatever numbers the two may share."""
    without = ("notify.Delivery", "notify.Attempt", "audit.Event", "risk.Appetite")
    for label in without:
        assert service_path(apps.get_model(label)) is None, label


def handed_in(owner: User, service: Service, run: Run | None) -> Submission:
    return Submission.objects.create(
        owner=owner, unit=service.unit, service_slug=service.slug, version_label="1",
        manifest="", run=run, state="running" if run else "queued",
    )  # fmt: skip


def read(token: str, path: str) -> Any:
    return Client(REMOTE_ADDR=HERE).get(path, headers={"Authorization": f"Bearer {token}"}).json()


def test_a_token_works_only_from_its_networks_and_its_misuse_is_written_down_once() -> None:
    cache.clear()
    row, token = token_create(
        user=factories.user("owner"), name="t", days=1, actor="", networks=["198.51.100.0/24"]
    )
    assert status(token, "/api/v1/account") == 200
    for _ in range(3):
        assert status(token, "/api/v1/account", "203.0.113.9") == 401
    assert Event.objects.get(act="token.refused").after["address"] == "203.0.113.9"
    row.refresh_from_db()
    assert row.last_used_address == HERE
    forged = Client(REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR=HERE)
    bearer = {"Authorization": f"Bearer {token}"}
    assert forged.get("/api/v1/account", headers=bearer).status_code == 401


def test_behind_a_proxy_only_what_the_proxy_wrote_counts(settings: object) -> None:
    settings.TRUSTED_PROXIES = 1  # type: ignore[attr-defined]
    _, token = token_create(
        user=factories.user("owner"), name="t", days=1, actor="", networks=["198.51.100.0/24"]
    )
    bearer = {"Authorization": f"Bearer {token}"}
    for header, expected in ((HERE, 200), (f"{HERE}, 203.0.113.9", 401), ("", 401), ("x", 401)):
        client = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=header)
        assert client.get("/api/v1/account", headers=bearer).status_code == expected, header


def test_a_token_makes_none_that_reaches_further() -> None:
    retail = factories.unit("retail")
    _, token = token_create(
        user=factories.user("owner", role=Role.ADMINISTRATOR), name="t", days=10, actor="",
        scopes=["admin"], unit=retail, networks=["198.51.100.0/24"],
    )  # fmt: skip
    same = {
        "name": "x",
        "scopes": ["admin"],
        "unit": "retail",
        "networks": ["198.51.100.0/24"],
        "days": 5,
    }
    client = Client(REMOTE_ADDR=HERE)
    bearer = {"Authorization": f"Bearer {token}"}

    def make(**more: object) -> int:
        body = same | more
        return int(
            client.post("/api/v1/tokens/", body, content_type="application/json", headers=bearer)
            .status_code
        )  # fmt: skip

    assert make() == 201
    assert make(scopes=["all"]) == 403
    assert make(scopes=["ci"]) == 403
    assert make(unit=None) == 403
    assert make(networks=[]) == 403
    assert make(days=30) == 403


def test_tokens_of_before_keep_all_that_their_owner_may() -> None:
    row, _ = token_create(user=factories.user("owner"), name="t", days=1, actor="")
    assert row.scopes == [ALL]
    assert all(row.covers(act) for act in ALL_ACTS)

"""The table of the API: each method of each route with who is let in.

tests/permissions walks it with real objects of the own and of a foreign unit; here stand people who are
not signed in or were switched off.
"""

from __future__ import annotations

import pytest
from django.test import Client

from shield.accounts.choices import Role
from tests import factories
from tests.api.routes import Route, routes
from tests.permissions.tables import ANYBODY, ENGINEERS, EVERYBODY, OFFICERS, WORKS, organisation

pytestmark = pytest.mark.django_db

BOTH = WORKS

EXPECTED: dict[str, frozenset[Role] | None] = {
    "GET api-schema": ANYBODY,
    "GET api-manifest-schema": ANYBODY,
    "GET api-result-schema": ANYBODY,
    "GET api-finding-list": EVERYBODY,
    "GET api-finding-detail": EVERYBODY,
    "POST api-finding-comment": BOTH | {Role.APPROVER, Role.PRIVACY_OFFICER},
    "POST api-finding-assign": BOTH,
    "POST api-finding-start": BOTH,
    "GET api-run-report": EVERYBODY,
    "GET api-service-list": EVERYBODY,
    "GET api-service-detail": EVERYBODY,
    "PATCH api-service-detail": OFFICERS,
    "POST api-service-retire": OFFICERS,
    "POST api-service-restore": OFFICERS,
    "GET api-service-history": EVERYBODY,
    "GET api-version-list": EVERYBODY,
    "GET api-version-detail": EVERYBODY,
    "GET api-dataset-list": EVERYBODY,
    "GET api-dataset-detail": EVERYBODY,
    "POST api-dataset-erase": frozenset({Role.PRIVACY_OFFICER}),
    "GET api-retention": EVERYBODY,
    "PUT api-retention": organisation(Role.ADMINISTRATOR),
    "GET api-deployment-list": EVERYBODY,
    "POST api-deployment-list": ENGINEERS,
    "GET api-deployment-detail": EVERYBODY,
    "POST api-deployment-end": ENGINEERS,
    "GET api-history-list": EVERYBODY,
    "GET api-history-detail": EVERYBODY,
    "GET api-audit-head-list": EVERYBODY,
    "GET api-audit-chains": EVERYBODY,
    "GET api-audit-keys": EVERYBODY,
    "GET api-run-list": EVERYBODY,
    "POST api-run-list": BOTH,
    "GET api-run-detail": EVERYBODY,
    "POST api-run-cancel": BOTH,
    "GET api-run-result": EVERYBODY,
    "GET api-run-log": EVERYBODY,
}
ROUTES = routes()


def send(route: Route, role: Role | None) -> int:
    """The status of an empty request of somebody with this role."""
    client = Client()
    if role is not None:
        client.force_login(factories.user(role=role))
    request = getattr(client, route.method)
    response = request(route.path, data={}, content_type="application/json")
    assert response.status_code < 500, response.content
    return int(response.status_code)


def test_the_table_names_every_route() -> None:
    assert sorted(EXPECTED) == [str(route) for route in ROUTES]


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_nobody_is_let_in_without_signing_in(route: Route) -> None:
    assert send(route, None) == (200 if EXPECTED[str(route)] is ANYBODY else 401)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_a_user_who_was_switched_off_is_let_in_nowhere(route: Route) -> None:
    user = factories.user(role=Role.RISK_OFFICER)
    client = Client()
    client.force_login(user)
    user.is_active = False
    user.save()
    response = getattr(client, route.method)(route.path, data={}, content_type="application/json")
    assert response.status_code == (200 if EXPECTED[str(route)] is ANYBODY else 401)

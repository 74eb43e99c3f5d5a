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
from tests.permissions.tables import (
    ADMINISTRATORS,
    ANYBODY,
    APPROVERS,
    ENGINEERS,
    EVERYBODY,
    OFFICERS,
    SIGNERS,
    WORKS,
    organisation,
)

pytestmark = pytest.mark.django_db

BOTH = WORKS

EXPECTED: dict[str, frozenset[Role] | None] = {
    "GET api-root": ANYBODY,
    "GET api-schema": ANYBODY,
    "GET api-manifest-schema": ANYBODY,
    "GET api-result-schema": ANYBODY,
    "GET api-account": EVERYBODY,
    "GET api-token-list": EVERYBODY,
    "GET api-token-detail": EVERYBODY,
    "POST api-token-list": EVERYBODY,
    "POST api-token-end": EVERYBODY,
    "GET api-session-list": EVERYBODY,
    "POST api-session-end": EVERYBODY,
    "POST api-session-end-all": EVERYBODY,
    "GET api-person-list": ADMINISTRATORS,
    "GET api-person-detail": ADMINISTRATORS,
    "POST api-person-list": ADMINISTRATORS,
    "POST api-person-off": ADMINISTRATORS,
    "POST api-person-on": ADMINISTRATORS,
    "POST api-person-invite": ADMINISTRATORS,
    "POST api-person-factors": ADMINISTRATORS,
    "POST api-person-sign-out": ADMINISTRATORS,
    "POST api-person-end-tokens": ADMINISTRATORS,
    "GET api-unit-list": EVERYBODY,
    "GET api-unit-detail": EVERYBODY,
    "POST api-unit-list": organisation(Role.ADMINISTRATOR),
    "PATCH api-unit-detail": ADMINISTRATORS,
    "GET api-grant-list": ADMINISTRATORS,
    "GET api-grant-detail": ADMINISTRATORS,
    "POST api-grant-list": ADMINISTRATORS,
    "POST api-grant-end": ADMINISTRATORS,
    "GET api-finding-list": EVERYBODY,
    "GET api-finding-detail": EVERYBODY,
    "POST api-finding-comment": BOTH | {Role.APPROVER, Role.PRIVACY_OFFICER},
    "POST api-finding-assign": BOTH,
    "POST api-finding-bulk": EVERYBODY,  # each act asks, finding by finding
    "POST api-finding-claim": BOTH,
    "POST api-finding-due": OFFICERS,
    "POST api-finding-propose-acceptance": OFFICERS,
    "POST api-finding-propose-false-positive": BOTH,
    "POST api-finding-release": BOTH,
    "POST api-finding-reopen": EVERYBODY,  # the service asks for one of two acts
    "POST api-finding-severity": OFFICERS,
    "POST api-finding-start": BOTH,
    "POST api-finding-ticket": BOTH,
    "POST api-finding-ticket-remove": BOTH,
    "GET api-acceptance-list": EVERYBODY,
    "GET api-acceptance-detail": EVERYBODY,
    "POST api-acceptance-approve": {Role.APPROVER},
    "POST api-acceptance-reject": {Role.APPROVER},
    "POST api-acceptance-withdraw": EVERYBODY,  # the service asks for one of two acts
    "GET api-false-positive-list": EVERYBODY,
    "GET api-false-positive-detail": EVERYBODY,
    "POST api-false-positive-confirm": {Role.RISK_OFFICER, Role.APPROVER},
    "POST api-false-positive-reject": {Role.RISK_OFFICER, Role.APPROVER},
    "POST api-false-positive-withdraw": BOTH,
    "GET api-in-production": EVERYBODY,
    "GET api-orphans": EVERYBODY,
    "POST api-service-owner": OFFICERS,
    "GET api-service-badge": EVERYBODY,
    "POST api-service-badge": OFFICERS,
    "GET api-framework-list": EVERYBODY,
    "GET api-framework-detail": EVERYBODY,
    "GET api-service-framework": EVERYBODY,
    "GET api-coverage-list": EVERYBODY,
    "GET api-statement-list": EVERYBODY,
    "POST api-statement-list": SIGNERS,
    "GET api-statement-detail": EVERYBODY,
    "POST api-statement-withdraw": SIGNERS,
    "GET api-incident-list": EVERYBODY,
    "POST api-incident-list": BOTH,
    "GET api-incident-detail": EVERYBODY,
    "PATCH api-incident-detail": OFFICERS,
    "POST api-incident-move": OFFICERS,
    "POST api-incident-comment": BOTH,
    "GET api-upload-list": ENGINEERS,
    "POST api-upload-list": ENGINEERS,
    "GET api-upload-detail": ENGINEERS,
    "PATCH api-upload-detail": ENGINEERS,
    "DELETE api-upload-detail": ENGINEERS,
    "POST api-manifest-check": ENGINEERS,
    "POST api-metrics": ENGINEERS,
    "GET api-assessment-list": EVERYBODY,
    "POST api-assessment-list": ENGINEERS,
    "GET api-assessment-detail": EVERYBODY,
    "GET api-assessment-result": EVERYBODY,
    "GET api-run-report": EVERYBODY,
    "GET api-saved-view-list": EVERYBODY,
    "POST api-saved-view-list": EVERYBODY,
    "GET api-saved-view-detail": EVERYBODY,
    "DELETE api-saved-view-detail": EVERYBODY,
    "GET api-service-list": EVERYBODY,
    "GET api-service-detail": EVERYBODY,
    "PATCH api-service-detail": OFFICERS,
    "POST api-service-move": ADMINISTRATORS,
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
    "GET api-notification-list": EVERYBODY,
    "GET api-notification-detail": EVERYBODY,
    "POST api-notification-read": EVERYBODY,
    "POST api-notification-unread": EVERYBODY,
    "POST api-notification-read-all": EVERYBODY,
    "GET api-notification-preferences": EVERYBODY,
    "PUT api-notification-preferences": EVERYBODY,
    "GET api-attention-list": EVERYBODY,
    "POST api-attention-list": EVERYBODY,
    "GET api-webhook-list": ADMINISTRATORS,
    "POST api-webhook-list": ADMINISTRATORS,
    "GET api-webhook-detail": ADMINISTRATORS,
    "PATCH api-webhook-detail": ADMINISTRATORS,
    "POST api-webhook-switch": ADMINISTRATORS,
    "POST api-webhook-rotate": ADMINISTRATORS,
    "POST api-webhook-ping": ADMINISTRATORS,
    "POST api-webhook-replay": ADMINISTRATORS,
    "GET api-webhook-delivery-list": ADMINISTRATORS,
    "GET api-webhook-delivery-detail": ADMINISTRATORS,
    "GET api-history-list": EVERYBODY,
    "GET api-history-detail": EVERYBODY,
    "GET api-audit-head-list": EVERYBODY,
    "GET api-audit-chains": EVERYBODY,
    "GET api-audit-keys": EVERYBODY,
    "GET api-risk-list": EVERYBODY,
    "GET api-risk-detail": EVERYBODY,
    "GET api-questionnaire": EVERYBODY,
    "GET api-policy-version-list": EVERYBODY,
    "GET api-policy-version-detail": EVERYBODY,
    "POST api-policy-version-review": organisation(Role.APPROVER),
    "GET api-policy-change-list": EVERYBODY,
    "POST api-policy-change-list": organisation(Role.RISK_OFFICER),
    "GET api-policy-change-detail": EVERYBODY,
    "POST api-policy-change-approve": organisation(Role.APPROVER),
    "POST api-policy-change-reject": organisation(Role.APPROVER),
    "POST api-policy-change-withdraw": organisation(Role.RISK_OFFICER),
    "POST api-policy-change-backtest": organisation(Role.RISK_OFFICER),
    "GET api-policy-exception-list": EVERYBODY,
    "POST api-policy-exception-list": OFFICERS,
    "GET api-policy-exception-detail": EVERYBODY,
    "POST api-policy-exception-approve": APPROVERS,
    "POST api-policy-exception-reject": APPROVERS,
    "POST api-policy-exception-withdraw": OFFICERS,
    "POST api-policy-exception-backtest": OFFICERS,
    "POST api-policy-exception-end": OFFICERS,
    "GET api-tiering-list": EVERYBODY,
    "POST api-tiering-list": WORKS,
    "GET api-tiering-detail": EVERYBODY,
    "POST api-tiering-approve": APPROVERS,
    "POST api-tiering-reject": APPROVERS,
    "POST api-tiering-withdraw": WORKS,
    "GET api-appetite-list": EVERYBODY,
    "POST api-appetite-list": OFFICERS,
    "GET api-appetite-detail": EVERYBODY,
    "POST api-appetite-approve": APPROVERS,
    "POST api-appetite-reject": APPROVERS,
    "POST api-appetite-withdraw": OFFICERS,
    "GET api-run-list": EVERYBODY,
    "POST api-run-list": BOTH,
    "GET api-run-detail": EVERYBODY,
    "POST api-run-cancel": BOTH,
    "GET api-run-gate": EVERYBODY,
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

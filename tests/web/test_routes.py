"""The table of the pages: each with who may GET it and who may POST to it.

A route that stands neither here nor in the API's table (tests/api/test_permissions.py) fails.
tests/permissions walks both tables with real objects of the own and of a foreign unit; here stand the
methods that are not there, people who are not signed in, and the forms' protection.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from shield.accounts.choices import Role
from shield.accounts.models import Grant
from tests import factories
from tests.api.routes import PREFIX
from tests.permissions.tables import (
    ADMINISTRATORS,
    ANYBODY,
    APPROVERS,
    ENGINEERS,
    EVERYBODY,
    NO_SUCH,
    OFFICERS,
    SIGNERS,
    WORKS,
    organisation,
)
from tests.support.asking import AWAY, TOKEN, Asking, session_of
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db

DECIDES = WORKS | APPROVERS
PAGES: dict[str, tuple[Any, Any]] = {  # name → (GET, POST)
    "home": (EVERYBODY, NO_SUCH),
    "service-list": (EVERYBODY, NO_SUCH),
    "service-detail": (EVERYBODY, NO_SUCH),
    "service-move": (ADMINISTRATORS, ADMINISTRATORS),
    "deployment-start": (NO_SUCH, ENGINEERS),
    "deployment-end": (NO_SUCH, ENGINEERS),
    "dataset-detail": (EVERYBODY, NO_SUCH),
    "finding-list": (EVERYBODY, NO_SUCH),
    "finding-detail": (EVERYBODY, NO_SUCH),
    "finding-bulk": (NO_SUCH, DECIDES | {Role.PRIVACY_OFFICER}),
    "finding-comment": (NO_SUCH, DECIDES | {Role.PRIVACY_OFFICER}),
    "finding-claim": (NO_SUCH, WORKS),
    "finding-assign": (NO_SUCH, OFFICERS),  # whoever works may take one: finding-claim
    "finding-start": (NO_SUCH, WORKS),
    "finding-release": (NO_SUCH, WORKS),
    "finding-severity": (NO_SUCH, OFFICERS),
    "finding-due": (NO_SUCH, OFFICERS),
    "finding-reopen": (NO_SUCH, DECIDES),
    "finding-ticket": (NO_SUCH, WORKS),
    "finding-ticket-remove": (NO_SUCH, WORKS),
    "acceptance-propose": (OFFICERS, OFFICERS),
    "acceptance-list": (EVERYBODY, NO_SUCH),
    "acceptance-detail": (EVERYBODY, NO_SUCH),
    "acceptance-approve": (NO_SUCH, APPROVERS),
    "acceptance-reject": (NO_SUCH, APPROVERS),
    "acceptance-withdraw": (NO_SUCH, OFFICERS | APPROVERS),
    "finding-false-positive-propose": (WORKS, WORKS),
    "finding-false-positive-confirm": (NO_SUCH, OFFICERS | APPROVERS),
    "finding-false-positive-reject": (NO_SUCH, OFFICERS | APPROVERS),
    "finding-false-positive-withdraw": (NO_SUCH, WORKS),
    "saved-view-save": (NO_SUCH, EVERYBODY),
    "saved-view-remove": (NO_SUCH, EVERYBODY),
    "saved-view-default": (NO_SUCH, EVERYBODY),
    "risk-list": (EVERYBODY, NO_SUCH),
    "risk-service": (EVERYBODY, NO_SUCH),
    "risk-unit": (EVERYBODY, NO_SUCH),
    "risk-unit-appetite": (NO_SUCH, OFFICERS),
    "appetite": (EVERYBODY, NO_SUCH),
    "appetite-decide": (NO_SUCH, APPROVERS),
    "appetite-withdraw": (NO_SUCH, OFFICERS),
    "tiering": (EVERYBODY, NO_SUCH),
    "tiering-assess": (WORKS, WORKS),
    "tiering-decide": (NO_SUCH, APPROVERS),
    "tiering-withdraw": (NO_SUCH, WORKS),
    "policy-list": (EVERYBODY, NO_SUCH),
    "policy-tier": (EVERYBODY, NO_SUCH),
    "policy-version": (EVERYBODY, NO_SUCH),
    "policy-propose": (organisation(Role.RISK_OFFICER), organisation(Role.RISK_OFFICER)),
    "policy-review": (NO_SUCH, organisation(Role.APPROVER)),
    "policy-change-list": (EVERYBODY, NO_SUCH),
    "policy-change": (EVERYBODY, NO_SUCH),
    "policy-change-live": (EVERYBODY, NO_SUCH),
    "policy-change-decide": (NO_SUCH, organisation(Role.APPROVER)),
    "policy-change-withdraw": (NO_SUCH, organisation(Role.RISK_OFFICER)),
    "policy-change-backtest": (NO_SUCH, organisation(Role.RISK_OFFICER)),
    "policy-exception": (EVERYBODY, NO_SUCH),
    "policy-exception-live": (EVERYBODY, NO_SUCH),
    "policy-exception-propose": (OFFICERS, OFFICERS),
    "policy-exception-decide": (NO_SUCH, APPROVERS),
    "policy-exception-withdraw": (NO_SUCH, OFFICERS),
    "policy-exception-backtest": (NO_SUCH, OFFICERS),
    "run-list": (EVERYBODY, NO_SUCH),
    "run-compare": (EVERYBODY, NO_SUCH),
    "submission-list": (EVERYBODY, NO_SUCH),
    "submission-detail": (EVERYBODY, NO_SUCH),
    "run-detail": (EVERYBODY, NO_SUCH),
    "run-live": (EVERYBODY, NO_SUCH),
    "run-download": (EVERYBODY, NO_SUCH),
    "run-check": (EVERYBODY, NO_SUCH),
    "run-cancel": (NO_SUCH, WORKS),
    "run-start": (NO_SUCH, WORKS),
    "service-retire": (OFFICERS, OFFICERS),
    "service-owner": (NO_SUCH, OFFICERS),
    "service-restore": (NO_SUCH, OFFICERS),
    "service-badge": (NO_SUCH, OFFICERS),
    "badge": (ANYBODY, NO_SUCH),
    "in-production": (EVERYBODY, NO_SUCH),
    "orphans": (EVERYBODY, NO_SUCH),
    "orphan-services": (NO_SUCH, OFFICERS),
    "orphan-findings": (NO_SUCH, OFFICERS),
    "orphan-tokens": (NO_SUCH, organisation(Role.ADMINISTRATOR)),
    "framework-list": (EVERYBODY, NO_SUCH),
    "framework-detail": (EVERYBODY, NO_SUCH),
    "framework-services": (EVERYBODY, NO_SUCH),
    "service-framework": (EVERYBODY, NO_SUCH),
    "statement-sign": (SIGNERS, SIGNERS),
    "statement-list": (EVERYBODY, NO_SUCH),
    "statement-detail": (EVERYBODY, NO_SUCH),
    "statement-withdraw": (NO_SUCH, SIGNERS),
    "incident-list": (EVERYBODY, NO_SUCH),
    "incident-detail": (EVERYBODY, NO_SUCH),
    "incident-change": (OFFICERS, OFFICERS),
    "incident-move": (NO_SUCH, OFFICERS),
    "incident-comment": (NO_SUCH, WORKS),
    "service-incident-report": (WORKS, WORKS),
    "login": (ANYBODY, ANYBODY),
    "account_login": (ANYBODY, ANYBODY),
    "mfa_authenticate": (EVERYBODY, EVERYBODY),  # between password and session; others go elsewhere
    "oidc-login": (ANYBODY, ANYBODY),
    "oidc-callback": (ANYBODY, ANYBODY),
    "invitation": (ANYBODY, ANYBODY),
    "logout": (NO_SUCH, EVERYBODY),
    "account_logout": (NO_SUCH, EVERYBODY),
    "account": (EVERYBODY, NO_SUCH),
    "account_change_password": (EVERYBODY, EVERYBODY),
    "account-sessions": (EVERYBODY, EVERYBODY),
    "account-tokens": (EVERYBODY, EVERYBODY),
    "account-token-end": (NO_SUCH, EVERYBODY),
    "account_reauthenticate": (EVERYBODY, EVERYBODY),
    "mfa_reauthenticate": (EVERYBODY, EVERYBODY),
    "mfa_reauthenticate_webauthn": (EVERYBODY, EVERYBODY),
    "mfa_index": (EVERYBODY, NO_SUCH),
    "mfa_activate_totp": (EVERYBODY, EVERYBODY),
    "mfa_deactivate_totp": (EVERYBODY, EVERYBODY),
    "mfa_add_webauthn": (EVERYBODY, EVERYBODY),
    "mfa_remove_webauthn": (EVERYBODY, EVERYBODY),
    "mfa_view_recovery_codes": (EVERYBODY, NO_SUCH),
    "mfa_generate_recovery_codes": (EVERYBODY, EVERYBODY),
    "person-list": (ADMINISTRATORS, NO_SUCH),
    "person-new": (ADMINISTRATORS, ADMINISTRATORS),
    "person-detail": (ADMINISTRATORS, NO_SUCH),
    "person-grant": (NO_SUCH, ADMINISTRATORS),
    "person-off": (NO_SUCH, ADMINISTRATORS),
    "person-on": (NO_SUCH, ADMINISTRATORS),
    "person-invite": (NO_SUCH, ADMINISTRATORS),
    "person-factors": (NO_SUCH, ADMINISTRATORS),
    "person-sign-out": (NO_SUCH, ADMINISTRATORS),
    "grant-end": (NO_SUCH, ADMINISTRATORS),
    "person-token-end": (NO_SUCH, ADMINISTRATORS),
    "unit-list": (ADMINISTRATORS, organisation(Role.ADMINISTRATOR)),
    "unit-rename": (NO_SUCH, ADMINISTRATORS),
    "dataset-erase": (NO_SUCH, frozenset({Role.PRIVACY_OFFICER})),
    "retention": (EVERYBODY, organisation(Role.ADMINISTRATOR)),
    "notification-list": (EVERYBODY, NO_SUCH),
    "notification-bell": (EVERYBODY, NO_SUCH),
    "notification-read-all": (NO_SUCH, EVERYBODY),
    "notification-open": (EVERYBODY, NO_SUCH),
    "notification-read": (NO_SUCH, EVERYBODY),
    "notification-preferences": (EVERYBODY, EVERYBODY),
    "unsubscribe": (ANYBODY, ANYBODY),
    "service-attention": (NO_SUCH, EVERYBODY),
    "finding-attention": (NO_SUCH, EVERYBODY),
    "webhook-list": (ADMINISTRATORS, NO_SUCH),
    "webhook-new": (ADMINISTRATORS, ADMINISTRATORS),
    "webhook-detail": (ADMINISTRATORS, NO_SUCH),
    "webhook-change": (ADMINISTRATORS, ADMINISTRATORS),
    "webhook-switch": (NO_SUCH, ADMINISTRATORS),
    "webhook-rotate": (NO_SUCH, ADMINISTRATORS),
    "webhook-ping": (NO_SUCH, ADMINISTRATORS),
    "webhook-replay": (NO_SUCH, ADMINISTRATORS),
    "webhook-delivery": (ADMINISTRATORS, NO_SUCH),
    "audit-list": (EVERYBODY, NO_SUCH),
    "audit-detail": (EVERYBODY, NO_SUCH),
    "audit-integrity": (EVERYBODY, NO_SUCH),
    "api-docs": (EVERYBODY, NO_SUCH),
    "api-docs-group": (EVERYBODY, NO_SUCH),
    "client": (ANYBODY, NO_SUCH),
    "client-digest": (ANYBODY, NO_SUCH),
    "healthz": (ANYBODY, NO_SUCH),
    "readyz": (ANYBODY, NO_SUCH),
    "metrics": (ADMINISTRATORS, NO_SUCH),
}
PROVED_OTHERWISE = {"unsubscribe", "metrics"}
"""Mail programs send the first without a form: a signed token says whose mail stops, and no cookie
counts. The second is a view of the API, which looks at the token itself, and only reads."""
ELSEWHERE = {
    **{(name, method): status for method in ("put", "patch", "delete") for name, status in (
        ("login", 302), ("account_login", 302), ("mfa_authenticate", 302),  # who is signed in
        ("mfa_reauthenticate", 302), ("mfa_reauthenticate_webauthn", 302),  # who has no second factor
        ("mfa_deactivate_totp", 404), ("oidc-login", 404), ("oidc-callback", 404),  # none is set
        ("invitation", 200),  # says that the link leads nowhere
    )},
    **{(name, "put"): 200 for name in (  # a PUT is taken for a POST, and needs the form's token as well
        "account_change_password", "account_reauthenticate", "mfa_activate_totp",
        "mfa_add_webauthn", "mfa_generate_recovery_codes",
    )},
    ("mfa_remove_webauthn", "delete"): 404,  # the same as a POST, for the own keys
}  # fmt: skip
"""Views of the libraries that answer before they look at the method, with what they answer."""


def walk(
    entries: list[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        written = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, written)
        else:
            yield written, entry


ROUTES = list(walk(get_resolver().url_patterns))
OWN = {
    entry.name: written
    for written, entry in ROUTES
    if not written.startswith(("admin/", PREFIX)) and entry.name
}
ADMIN = [written for written, _ in ROUTES if written.startswith("admin/")]


NOTHING = {"int": "0", "uuid": str(uuid.UUID(int=0)), "str": "x", "path": "1", "slug": "no-such"}


def address(written: str) -> str:
    """A path that leads to the route, with values of nothing that exists."""
    written = re.sub(r"<(\w+):\w+>", lambda found: NOTHING[found[1]], written)
    written = re.sub(r"\^\(\?P<app_label>(\w+)[^)]*\)/\$", r"\1/", written)
    return "/" + written.replace("(?P<url>.*)$", "anything")


def signed_in(role: Role | None, **facts: object) -> Client:
    client = Client(REMOTE_ADDR=AWAY)
    if role is not None:
        client.force_login(factories.user(f"some-{role}", role=role, **facts))
    return client


@pytest.fixture
def superuser() -> str:
    """The session of somebody whom no act is refused, so that only the route refuses."""
    client = Client(REMOTE_ADDR=AWAY)
    user = factories.user("root", role=None, is_superuser=True)
    for role in Role:
        Grant.objects.create(user=user, role=role)
    sign_in(client, user)
    return session_of(client)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def is_refused(response: HttpResponse) -> bool:
    status = response.status_code
    to_login = status == 302 and "/login/" in response["Location"]
    return status in {401, 403} or to_login


def test_every_route_of_the_resolver_stands_in_a_table() -> None:
    nameless = [
        written
        for written, entry in ROUTES
        if not entry.name and not written.startswith("admin/") and written != PREFIX
    ]
    assert nameless == []
    assert sorted(OWN) == sorted(PAGES)


def test_methods_that_are_not_there_are_refused(superuser: str) -> None:
    met = {}
    for name, (get, post) in PAGES.items():
        table = {"get": get, "post": post} | dict.fromkeys(("put", "patch", "delete"), NO_SUCH)
        for method in [method for method, roles in table.items() if roles is NO_SUCH]:
            with undone():
                met[name, method] = getattr(Asking(superuser), method)(
                    address(OWN[name])
                ).status_code
    assert {which: status for which, status in met.items() if status != 405} == ELSEWHERE


@pytest.mark.parametrize("name", PAGES)
def test_whoever_is_not_signed_in_meets_only_what_is_open_to_anybody(name: str) -> None:
    for method, expected in zip(("get", "post"), PAGES[name], strict=True):
        response = getattr(Asking(), method)(address(OWN[name]))
        if expected is ANYBODY:
            assert response.status_code in {200, 404, 503}, method  # 404: no provider is set
        else:
            assert is_refused(response) or response.status_code == 405, method


@pytest.mark.parametrize("written", ADMIN)
def test_the_admin_is_for_staff_only(written: str) -> None:
    for role in (Role.ADMINISTRATOR, Role.ENGINEER, None):
        response = signed_in(role).get(address(written))
        asks_for_a_login = response.status_code == 200 and b'name="password"' in response.content
        public = written in {"admin/login/", "admin/jsi18n/", "admin/logout/"}
        assert is_refused(response) or asks_for_a_login or public


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_route_of_a_page_changes_anything_without_the_forms_token(
    method: str, superuser: str
) -> None:
    for name in PAGES.keys() - PROVED_OTHERWISE:
        for token, refused in ((None, True), (TOKEN, False)):
            client = Asking(superuser, strict=True)
            client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
            headers = {"X-CSRFToken": token} if token else {}
            with undone():
                response = getattr(client, method)(address(OWN[name]), headers=headers)
            assert (
                response.status_code == 403 and b"csrf_failed" in response.content
            ) == refused, name


def test_no_page_but_the_written_ones_does_without_the_forms_token() -> None:
    without = {
        entry.name or written
        for written, entry in ROUTES
        if not written.startswith(PREFIX) and getattr(entry.callback, "csrf_exempt", False)
    }
    assert without == PROVED_OTHERWISE


def test_the_login_sends_nobody_to_another_site() -> None:
    user = factories.user("mira")
    user.set_password("x")
    user.save()
    for target in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        credentials = {"login": "mira", "password": "x", "next": target}
        response = Client().post("/login/", credentials, query_params={"next": target})
        assert response["Location"] == "/"


def test_cookies_and_headers_are_strict() -> None:
    user = factories.user("mira")
    user.set_password("x")
    user.save()
    response = Client().post("/login/", {"login": "mira", "password": "x"})
    session = response.cookies[settings.SESSION_COOKIE_NAME]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    for path in ("/login/", "/healthz", "/nowhere/", "/api/v1/services/"):
        headers = Client().get(path).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]

"""What a page can change, a program can change: every form with the call that does the same."""

from __future__ import annotations

import pytest
from django.test import Client

from shield.accounts.choices import Role
from shield.accounts.models import ApiToken
from shield.accounts.services import token_create
from tests import factories
from tests.api.routes import routes
from tests.web.test_routes import NO_SUCH, PAGES

BY_PERSON = "proves to the browser who it is: a program brings a token instead"
IN_BROWSER = "second factors are shown to a person and live in the browser or a device"
BY_MAIL = "a link in a mail; a program sets preferences"

OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "deployment-start": ("POST api-deployment-list",),
    "acceptance-propose": ("POST api-finding-propose-acceptance",),
    "finding-false-positive-propose": ("POST api-finding-propose-false-positive",),
    "finding-false-positive-confirm": ("POST api-false-positive-confirm",),
    "finding-false-positive-reject": ("POST api-false-positive-reject",),
    "finding-false-positive-withdraw": ("POST api-false-positive-withdraw",),
    "saved-view-save": ("POST api-saved-view-list",),
    "saved-view-remove": ("DELETE api-saved-view-detail",),
    "saved-view-default": ("POST api-saved-view-list",),  # is_default
    "risk-unit-appetite": ("POST api-appetite-list",),
    "appetite-decide": ("POST api-appetite-approve", "POST api-appetite-reject"),
    "tiering-assess": ("POST api-tiering-list",),
    "tiering-decide": ("POST api-tiering-approve", "POST api-tiering-reject"),
    "policy-propose": ("POST api-policy-change-list",),
    "policy-review": ("POST api-policy-version-review",),
    "policy-change-decide": ("POST api-policy-change-approve", "POST api-policy-change-reject"),
    "policy-exception-propose": ("POST api-policy-exception-list",),
    "policy-exception-decide": (
        "POST api-policy-exception-approve",
        "POST api-policy-exception-reject",
    ),
    "run-start": ("POST api-run-list",),
    "orphan-services": ("POST api-service-owner",),
    "orphan-findings": ("POST api-finding-bulk",),
    "orphan-tokens": ("POST api-person-end-tokens",),
    "person-token-end": ("POST api-person-end-tokens",),
    "statement-sign": ("POST api-statement-list",),
    "incident-change": ("PATCH api-incident-detail",),
    "service-incident-report": ("POST api-incident-list",),
    "account-sessions": ("POST api-session-end", "POST api-session-end-all"),
    "account-tokens": ("POST api-token-list",),
    "account-token-end": ("POST api-token-end",),
    "person-new": ("POST api-person-list",),
    "person-grant": ("POST api-grant-list",),
    "unit-list": ("POST api-unit-list",),
    "unit-rename": ("PATCH api-unit-detail",),
    "retention": ("PUT api-retention",),
    "notification-preferences": ("PUT api-notification-preferences",),
    "service-attention": ("POST api-attention-list",),
    "finding-attention": ("POST api-attention-list",),
    "webhook-new": ("POST api-webhook-list",),
    "webhook-change": ("PATCH api-webhook-detail",),
}
"""Page → the calls that together do what its form does, where the name is another one."""

ALONE: dict[str, str] = {
    "login": BY_PERSON,
    "account_login": BY_PERSON,
    "oidc-login": BY_PERSON,
    "oidc-callback": BY_PERSON,
    "logout": BY_PERSON,
    "account_logout": BY_PERSON,
    "invitation": BY_PERSON,
    "account_change_password": BY_PERSON,
    "account_reauthenticate": BY_PERSON,
    "mfa_authenticate": BY_PERSON,
    "mfa_reauthenticate": BY_PERSON,
    "mfa_reauthenticate_webauthn": BY_PERSON,
    "mfa_activate_totp": IN_BROWSER,
    "mfa_deactivate_totp": IN_BROWSER,
    "mfa_add_webauthn": IN_BROWSER,
    "mfa_remove_webauthn": IN_BROWSER,
    "mfa_generate_recovery_codes": IN_BROWSER,
    "unsubscribe": BY_MAIL,
}
"""Pages whose form no call does, and why."""

CALLS = {str(route) for route in routes()}
FORMS = sorted(name for name, (_, post) in PAGES.items() if post is not NO_SUCH)


@pytest.mark.parametrize("page", FORMS)
def test_what_the_form_of_a_page_does_a_call_does_too(page: str) -> None:
    if page in ALONE:
        assert page not in OTHER_NAMES
        return
    twins = OTHER_NAMES.get(page, (f"POST api-{page}",))
    assert set(twins) <= CALLS


@pytest.mark.django_db
@pytest.mark.parametrize("named", [True, False])
def test_an_administrator_ends_the_tokens_of_somebody(named: bool) -> None:
    boss = factories.user("boss", Role.ADMINISTRATOR)
    emil, other = factories.user("emil"), factories.user("olga")
    rows = [
        token_create(user=user, name=str(number), days=1, actor="t")[0]
        for number, user in enumerate((emil, emil, other))
    ]
    mine = token_create(user=boss, name="admin", days=1, actor="t")[1]
    body = {"tokens": [rows[0].pk, rows[2].pk]} if named else {}
    answer = Client().post(
        f"/api/v1/users/{emil.pk}/end-tokens/", body, content_type="application/json",
        headers={"Authorization": f"Bearer {mine}"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    ended = set(ApiToken.objects.exclude(revoked_at=None).values_list("pk", flat=True))
    assert ended == ({rows[0].pk} if named else {rows[0].pk, rows[1].pk})


def test_the_tables_name_no_page_that_is_gone() -> None:
    assert OTHER_NAMES.keys() | ALONE.keys() <= set(FORMS)

"""The list of pages that browser tests visit is held to the routes that there are."""

from __future__ import annotations

import pytest
from django.urls import resolve

from tests.permissions.tables import NO_SUCH
from tests.support.account_pages import account_pages
from tests.support.pages import pages, world
from tests.web.test_routes import PAGES

NOT_VISITED = {
    "no page: a picture, a file, a number, or a part that a page fetches": (
        "badge", "client", "client-digest", "healthz", "readyz", "metrics", "run-download",
        "run-live", "policy-change-live", "policy-exception-live", "notification-bell",
    ),
    "leads on to another page": ("notification-open", "oidc-callback", "oidc-login"),
    "before the session, or another name of it; test_every_page.py opens the login by itself": (
        "login", "account_login", "mfa_authenticate",
    ),
    "only for who has a second factor": (
        "mfa_deactivate_totp", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn", "mfa_view_recovery_codes",
    ),
}  # fmt: skip
"""Why → what answers a GET and yet stands in no list of pages that the tests visit."""


@pytest.mark.django_db
def test_the_tests_that_visit_every_page_know_every_page() -> None:
    """What axe, both themes and 390 px see is what there is, apart from what is written out."""
    scene = world()
    found = pages(scene) | account_pages(scene.user)
    del found["not found"]
    met = {resolve(url.partition("?")[0]).url_name for url in found.values()}
    there = {name for name, (get, _) in PAGES.items() if get is not NO_SUCH}
    assert there - met == {name for names in NOT_VISITED.values() for name in names}
    assert met <= there

"""Second factors in a real browser: a passkey of a virtual authenticator, and an authenticator app."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests import factories
from tests.support.pages import PASSWORD

pytestmark = pytest.mark.browser


def virtual_authenticator(page: Page) -> None:
    """A security key that always says yes, plugged into this page's browser."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def first_step(page: Page, root: str) -> None:
    page.goto(f"{root}/login/")
    page.get_by_label("Username").fill("mira")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_added_asked_for_and_opens_the_door(
    visit: type, transactional_db: None
) -> None:
    factories.user("mira")
    visitor = visit()
    page = visitor.page
    root = visitor.server.url.replace("127.0.0.1", "localhost")  # passkeys are bound to names
    virtual_authenticator(page)
    first_step(page, root)
    page.wait_for_url(f"{root}/")
    page.goto(f"{root}/account/security/")
    page.get_by_role("link", name="Add passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("link", name="Remove Work laptop")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()

    first_step(page, root)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{root}/")
    assert visitor.problems == []


def test_an_app_is_added_by_its_key_and_its_code_opens_the_door(
    visit: type, transactional_db: None
) -> None:
    factories.user("mira")
    visitor = visit(width=390, theme="dark")
    page = visitor.page
    root = visitor.server.url
    first_step(page, root)
    page.wait_for_url(f"{root}/")
    page.goto(f"{root}/account/security/app/")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    found = re.search(r"[A-Z2-7]{32}", page.locator("main").inner_text())
    assert found

    def code(steps: int = 0) -> str:
        return format_hotp_value(hotp_value(found[0], int(time.time()) // 30 + steps))

    page.get_by_label("Authenticator code").fill(code())
    page.get_by_role("button", name="Add app").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.context.clear_cookies()
    first_step(page, root)
    page.get_by_label("Code").fill(code(1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{root}/")
    assert visitor.problems == []

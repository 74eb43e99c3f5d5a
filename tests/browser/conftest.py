"""A real Chromium against a live server, and a world to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.support import browser as chromium
from tests.support.pages import PASSWORD, World, world

# Playwright's synchronous interface runs an event loop; the ORM is used from the same thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    """One Chromium for the session; the mark `browser` has made sure that there is one."""
    path = chromium.executable()
    assert path, chromium.INSTALL
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def scene(transactional_db: None) -> World:
    return world()


class Visitor:
    """A person at the browser: opens pages and notices what goes wrong behind them."""

    def __init__(self, context: BrowserContext, server: LiveServer) -> None:
        self.context = context
        self.server = server
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.status: int | None = None
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))

    def _note(self, kind: str, text: str) -> None:
        # A page that answers 404 on purpose is reported by the browser as a failed resource.
        if kind in {"error", "warning"} and "status of 404" not in text:
            self.problems.append(f"{kind}: {text}")

    def open(self, path: str) -> Page:
        """Go to a page of the live server."""
        response = self.page.goto(f"{self.server.url}{path}")
        self.status = response.status if response else None
        return self.page

    def met(self, path: str, status: int = 200) -> list[str]:
        """What is wrong with the answer to the last `open(path)`: its status, or where it led."""
        wrong = [] if self.status == status else [f"status {self.status}"]
        return wrong if self.page.url == f"{self.server.url}{path}" else [*wrong, self.page.url]

    def sign_in(self, username: str) -> None:
        """Through the login page, as a person does."""
        page = self.open("/login/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.server.url}/")


@pytest.fixture
def visit(chromium_browser: Browser, live_server: LiveServer) -> Iterator[type]:
    """`visit(width=390, theme="dark")` → a Visitor with a fresh session."""
    contexts: list[BrowserContext] = []

    def begin(width: int = 1440, theme: str = "light") -> Visitor:
        context = chromium_browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        return Visitor(context, live_server)

    yield begin
    for context in contexts:
        context.close()

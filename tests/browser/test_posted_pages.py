"""Pages that only a form leads to, and dialogs: many findings at once, a form that was refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from shield.accounts.choices import Role
from shield.accounts.models import Grant
from shield.findings.forms_bulk import FORMS
from shield.findings.services import finding_assign
from tests.browser.test_every_page import WIDEST, unfold, violations
from tests.support.pages import World

pytestmark = pytest.mark.browser


def bulk_pages(visitor: Any, scene: World) -> Iterator[tuple[str, Page]]:
    """The question of each bulk act, and the report of one that was done."""
    listing = reverse("finding-list")
    for act in FORMS:
        page = visitor.open(listing)
        page.locator("input[name=finding]").first.check()
        page.locator("#bulk select[name=act]").select_option(act)
        page.locator("#bulk button[type=submit]").click()
        page.wait_for_selector("input[name=confirm]", state="attached")
        yield f"bulk {act}", page
    page.locator("textarea").first.fill("They are all one defect of the sample.")
    page.locator("textarea").last.fill("See the run of last week.")
    page.locator("form:has(input[name=confirm]) button[type=submit]").click()
    page.wait_for_load_state()
    yield "bulk done", page


def refused_pages(visitor: Any, scene: World) -> Iterator[tuple[str, Page]]:
    """A dialog, and what comes when somebody else was faster; what was typed is still there."""
    page = visitor.open(scene.finding.get_absolute_url())
    page.locator("[popovertarget=severity-dialog]").first.click()
    yield "severity dialog", page
    finding_assign(finding=scene.finding, assignee=scene.user, actor=scene.user)
    page.locator("#severity-dialog textarea").fill("Few people are affected.")
    page.locator("#severity-dialog button[type=submit]").click()
    page.get_by_role("heading", name="Nothing was changed").wait_for()
    assert page.locator("textarea").input_value() == "Few people are affected."
    yield "refused", page
    page.get_by_role("button", name="Send again").click()
    page.wait_for_url(f"**{scene.finding.get_absolute_url()}")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_pages_that_only_a_form_leads_to_are_accessible_and_fit(
    visit: type, scene: World, width: int, theme: str
) -> None:
    for role in (Role.RISK_OFFICER, Role.APPROVER):
        Grant.objects.create(user=scene.user, role=role)
    visitor = visit(width=width, theme=theme)
    visitor.sign_in(scene.user.username)
    wrong: dict[str, object] = {}
    for part in (bulk_pages, refused_pages):
        for name, page in part(visitor, scene):
            unfold(page)
            if found := violations(page):
                wrong[f"{name}: axe"] = found
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong[f"{name}: scrolls sideways"] = page.evaluate(WIDEST)
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())

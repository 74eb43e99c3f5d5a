"""Every page of the one list, in both themes, wide and narrow: accessible, tidy and quiet."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page

from shield.accounts.choices import Role
from shield.accounts.models import Grant
from tests.support.pages import STATUS, World, pages

pytestmark = pytest.mark.browser

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
TOUCHED = 390
"""The narrow width; there one theme is enough for axe, whose answers differ by theme in colours alone."""
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SAY = """results => results.violations.map(rule =>
  `${rule.id}: ${rule.help} — ${rule.nodes.slice(0, 3).map(node => node.target + ' ' +
  (node.any[0]?.message ?? '')).join(' | ')}`)"""
WIDEST = """() => [...document.querySelectorAll('body *')]
  .filter(element => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 5).map(element => `${element.tagName}.${element.className}`)"""


def violations(page: Page) -> list[str]:
    """What axe-core finds, in words. It is evaluated from outside, so the page's policy stays strict."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(f"async rules => ({SAY})(await axe.run(document, rules))", RULES)


def unfold(page: Page) -> None:
    """Open what is folded, so that axe sees it too; menus one by one would cover each other."""
    page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(it => it.open = true)")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_accessible_fits_and_logs_no_error(
    visit: type, scene: World, width: int, theme: str
) -> None:
    for role in (Role.RISK_OFFICER, Role.APPROVER):  # every form is shown to somebody who has all
        Grant.objects.create(user=scene.user, role=role)
    visitor = visit(width=width, theme=theme)
    visitor.sign_in(scene.user.username)
    judged = width != TOUCHED or theme == "light"
    wrong: dict[str, object] = {}
    for name, url in pages(scene).items():
        page = visitor.open(url)
        if met := visitor.met(url, STATUS.get(name, 200)):
            wrong[f"{name}: answer"] = met
        assert page.locator("html").get_attribute("data-bs-theme") == theme
        unfold(page)
        if judged and (found := violations(page)):
            wrong[f"{name}: axe"] = found
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong[f"{name}: scrolls sideways"] = page.evaluate(WIDEST)
        if visitor.problems:
            wrong[f"{name}: console"] = list(visitor.problems)
            visitor.problems.clear()
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())


def test_every_page_fits_a_tablet_a_zoomed_window_and_the_narrowest(
    visit: type, scene: World
) -> None:
    visitor = visit(width=1024)
    visitor.sign_in(scene.user.username)
    wrong: dict[str, object] = {}
    for name, url in pages(scene).items():
        page = visitor.open(url)
        for width in (1024, 768, 320):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong[f"{name} at {width}"] = page.evaluate(WIDEST)
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())


def test_no_column_of_a_table_is_cut_off_on_paper(visit: type, scene: World) -> None:
    visitor = visit(width=794)
    visitor.sign_in(scene.user.username)
    for url in (
        "/findings/",
        "/services/",
        "/acceptances/",
        "/risk/",
        scene.run.get_absolute_url(),
    ):
        page = visitor.open(url)
        unfold(page)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 794 - 90, "height": 1000})  # A4 without its margins
        assert page.evaluate(WIDEST) == [], url
        page.emulate_media(media="screen")


@pytest.mark.parametrize("width", [1440, 1024])
def test_a_menu_at_the_edge_opens_towards_the_page(visit: type, scene: World, width: int) -> None:
    visitor = visit(width=width)
    visitor.sign_in(scene.user.username)
    page = visitor.open("/findings/")
    for summary in page.locator(".filter-bar details.menu > summary").all():
        summary.click()
        panel = page.locator("details.menu[open] .menu-panel")
        page.wait_for_function(
            "() => document.querySelector('details.menu[open] .menu-panel')"
            ".getBoundingClientRect().right <= innerWidth"
        )
        assert panel.count() == 1
        page.keyboard.press("Escape")
        assert page.locator("details.menu[open]").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_before_the_login_and_of_an_empty_installation(
    visit: type, transactional_db: None, width: int, theme: str
) -> None:
    from tests import factories

    factories.user("alone")
    visitor = visit(width=width, theme=theme)
    page = visitor.open("/login/")
    assert violations(page) == []
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Username").fill("alone")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").count() == 1
    assert violations(page) == []
    visitor.sign_in("alone")
    for url in ("/", "/services/", "/runs/", "/findings/", "/runs/compare/"):
        page = visitor.open(url)
        assert violations(page) == [], url
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), url
    assert visitor.problems == []

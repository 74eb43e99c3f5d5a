"""What people do, from the login to a comment; with mouse, keyboard and the back button."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from shield.accounts.choices import Role
from shield.records.choices import RunState
from shield.records.models import Run, RunLog
from tests import factories
from tests.support.pages import World

pytestmark = pytest.mark.browser


def test_from_the_login_to_a_comment_on_a_finding(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in(scene.user.username)
    page = visitor.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Services").click()
    page.get_by_role("link", name="Mortgage approval").click()
    page.get_by_role("link", name="Last run").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run")
    page.locator("a.finding-link").first.click()
    expect(page.get_by_role("heading", name="Evidence", exact=True, level=2)).to_be_visible()
    page.locator("#comment").fill("We look at the income field first.")
    page.get_by_role("button", name="Comment").click()
    expect(page.get_by_role("status").first).to_contain_text("on the timeline")
    expect(page.locator(".timeline")).to_contain_text("We look at the income field first.")
    assert visitor.problems == []


def test_filters_apply_at_once_and_survive_the_back_button(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in(scene.user.username)
    page = visitor.open("/findings/")
    page.locator("summary", has_text="Severity").click()
    page.locator("input[name=severity][value=critical]").check()
    page.wait_for_url(re.compile(r"severity=critical"))
    expect(page.locator(".chip")).to_contain_text("Critical")
    filtered = page.url
    page.locator("a.row-title").first.click()
    page.wait_for_url(re.compile(r"/findings/\d+/"))
    page.go_back()
    assert page.url == filtered
    expect(page.locator(".chip")).to_contain_text("Critical")
    page.locator(".chip").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_a_running_run_renews_itself_and_shows_its_result_when_it_ends(
    visit: type, scene: World
) -> None:
    visitor = visit()
    visitor.sign_in(scene.user.username)
    page = visitor.open(scene.running.get_absolute_url())
    expect(page.get_by_text("40%")).to_be_visible()
    Run.objects.filter(pk=scene.running.pk).update(progress=0.8)
    RunLog.objects.create(run=scene.running, level="info", message="fairness done in 0.2 s")
    expect(page.get_by_text("80%")).to_be_visible(timeout=6000)
    expect(page.get_by_text("fairness done in 0.2 s")).to_be_visible()
    Run.objects.filter(pk=scene.running.pk).update(
        state=RunState.CANCELLED, finished_at=timezone.now()
    )
    expect(page.get_by_text("This run was cancelled")).to_be_visible(timeout=6000)
    assert visitor.problems == []


def test_cancelling_asks_first(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in(scene.user.username)
    page = visitor.open(scene.running.get_absolute_url())
    page.get_by_role("button", name="Cancel run").click()
    dialog = page.get_by_role("dialog", name="Cancel this run?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Keep running").click()
    expect(dialog).to_be_hidden()
    assert Run.objects.get(pk=scene.running.pk).cancel_requested_at is None
    page.get_by_role("button", name="Cancel run").click()
    dialog.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("The run was asked to stop.")).to_be_visible()


def test_the_keyboard_reaches_the_main_actions(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in(scene.user.username)
    page = visitor.open(scene.finding.get_absolute_url())
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.name || document.activeElement.innerText || ''")
        )
    everything = " | ".join(reached)
    for action in ("Take it", "Start work", "In its run", "text", "Comment"):
        assert action in everything, f"{action} not reached: {everything}"


def test_the_slash_key_searches_and_escape_closes_a_menu(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in(scene.user.username)
    page = visitor.open("/services/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("fraud")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"q=fraud"))
    assert "tier=" not in page.url
    menu = page.locator("details.menu", has_text="Tier")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_label("Critical")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu.get_by_label("Critical")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_the_theme_is_remembered_and_set_before_the_first_paint(visit: type, scene: World) -> None:
    visitor = visit(theme="light")
    visitor.sign_in(scene.user.username)
    page = visitor.page
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", "true")
    head = page.locator("head").inner_html()
    assert head.index("theme.js") < head.index("tabler.min.css")


def test_a_link_to_one_measurement_shows_it(visit: type, scene: World) -> None:
    visitor = visit(width=390)
    visitor.sign_in(scene.user.username)
    page = visitor.open(scene.finding.get_absolute_url())
    page.get_by_role("link", name="In its run").click()
    row = page.locator(f"#m-{scene.finding.measurement_id}")
    expect(row).to_be_in_viewport()


def test_the_value_over_time_is_drawn_and_readable_as_a_table(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in(scene.user.username)
    page = visitor.open(scene.finding.get_absolute_url())
    expect(page.locator(".series canvas")).to_be_visible()
    page.get_by_text("As a table").click()
    expect(page.get_by_role("cell", name="2026.10")).to_be_visible()


def test_copying_a_command(visit: type, transactional_db: None) -> None:
    factories.user("alone", role=Role.VIEWER)
    visitor = visit()
    visitor.sign_in("alone")
    page = visitor.page
    page.get_by_role("button", name="Copy command").first.click()
    assert (
        page.evaluate("navigator.clipboard.readText()")
        == ".venv/bin/python manage.py assess shield.yaml"
    )
    expect(page.locator("#announcer")).to_have_text("Copied")

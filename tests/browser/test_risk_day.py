"""A risk officer's day: from what is overdue to a decision of two people, and the trail of it all."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from shield.findings.models import Acceptance
from shield.risk.policies.backtests import backtest_run
from shield.risk.policies.models import PolicyChange
from tests import sample_measurements as sample
from tests.support.pages import World

pytestmark = pytest.mark.browser


def test_a_risk_officers_day(visit: type, scene: World) -> None:
    officer, approver = visit(), visit()
    officer.sign_in("olga")
    approver.sign_in("anna")
    label = _proposes_to_accept(officer.page)
    _decides_on_it(approver.page, label)
    accepted = Acceptance.objects.order_by("-pk")[0]
    page = officer.open(accepted.finding.get_absolute_url())
    expect(page.get_by_role("main")).to_contain_text(
        re.compile(rf"until.*{accepted.expires_at:%Y}", re.DOTALL)
    )
    change = _proposes_a_policy(officer.page, officer)
    _approves_it(approver, change)
    page = officer.open("/audit/")
    trail = page.get_by_role("table")
    for words in ("Policy change approved", "Policy change proposed", "Acceptance approved"):
        expect(trail.get_by_text(words).first).to_be_visible()
    assert officer.problems == []
    assert approver.problems == []


def _proposes_to_accept(page: Page) -> str:
    """From the home page by what is overdue; gives the acceptance's label."""
    page.get_by_role("link", name="Overdue findings").click()
    page.wait_for_url(re.compile(r"clock=overdue"))
    page.locator("a.row-title").first.click()
    page.get_by_role("link", name="Propose to accept").click()
    page.get_by_label("Why is this acceptable?").fill("The pilot is small and watched.")
    ends = timezone.now() + timedelta(days=30)
    page.get_by_label("Ends on").fill(f"{ends:%Y-%m-%d}")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("status").first).to_be_visible()
    return Acceptance.objects.order_by("-pk")[0].label


def _decides_on_it(page: Page, label: str) -> None:
    """The approver sees it waiting on the home page, and approves."""
    page.reload()
    tile = page.get_by_role("link", name="Acceptances to decide")
    expect(tile).to_contain_text("2")
    tile.click()
    page.get_by_role("row").filter(has_text=label).locator("a.row-title").click()
    expect(page.get_by_text("What the gate would do")).to_be_visible()
    page.get_by_label("Comment").fill("Agreed for the pilot.")
    page.get_by_role("button", name="Accept the risk").click()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Active")


def _proposes_a_policy(page: Page, officer: object) -> PolicyChange:
    """A tighter limit; the page follows the back-test while a worker runs it."""
    officer.open("/policies/high/")  # type: ignore[attr-defined]
    page.get_by_role("link", name="Propose a change").click()
    row = page.get_by_role("row").filter(has_text=sample.RATIO)
    row.get_by_label("At least").fill("0.9")
    row.get_by_label("Grave below").fill("0.7")
    page.get_by_label("Why").fill("The committee asks for nine tenths.")
    page.get_by_role("button", name="Propose and back-test").click()
    page.wait_for_url(re.compile(r"/policies/changes/\d+/"))
    change = PolicyChange.objects.order_by("-pk")[0]
    expect(page.get_by_text("This page follows by itself.")).to_be_visible()
    backtest_run(kind="policychange", pk=change.pk)
    expect(page.get_by_text("Would have changed")).to_be_visible(timeout=6000)
    return change


def _approves_it(approver: object, change: PolicyChange) -> None:
    page = approver.open("/")  # type: ignore[attr-defined]
    page.get_by_role("link", name="Policy changes to decide").click()
    page.get_by_role("link", name=change.label).click()
    page.get_by_label("Reason").first.select_option("evidence")
    page.get_by_label("Note to the decision").fill("As minuted.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("main")).to_contain_text("Approved")


def test_a_proposal_and_its_decision_with_the_keyboard_alone(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in("anna")
    page = visitor.page
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"/acceptances/"))
    page.keyboard.press("j")
    expect(page.locator("a.row-title").first).to_be_focused()
    page.goto(f"{visitor.server.url}{scene.proposed.get_absolute_url()}")
    _tab_to(page, "note")
    page.keyboard.type("Agreed.")
    _tab_to(page, "Accept the risk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("Active")
    assert Acceptance.objects.get(pk=scene.proposed.pk).status == "active"


def test_the_keys_are_told_and_can_be_switched_off(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in("olga")
    page = visitor.page
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Single keys do something").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.reload()
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_timeout(300)
    assert page.url == f"{visitor.server.url}/"


def test_every_focus_can_be_seen(visit: type, scene: World) -> None:
    visitor = visit()
    visitor.sign_in("olga")
    page = visitor.open("/findings/")
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "(() => { const it = document.activeElement; const s = getComputedStyle(it);"
            "return [it.outerHTML.slice(0, 80), s.outlineStyle, parseFloat(s.outlineWidth)] })()"
        )
        if shown[1] == "none" or shown[2] < 2:
            unseen.append(shown)
    assert unseen == []


def _tab_to(page: Page, wanted: str) -> None:
    """Press Tab until what is focused has this name or text."""
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "document.activeElement.name || document.activeElement.innerText?.trim() || ''"
        )
        if here == wanted:
            return
    raise AssertionError(f"{wanted} was not reached with Tab")

"""The pages of the own account and of administrators: accessible, tidy and quiet."""

from __future__ import annotations

import pytest

from tests.browser.test_every_page import WIDEST, unfold, violations
from tests.support.account_pages import LEADS_ON, account_pages, administrator, colleague

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_accessible_fits_and_logs_no_error(
    visit: type, transactional_db: None, width: int, theme: str
) -> None:
    pages = account_pages(colleague())
    visitor = visit(width=width, theme=theme)
    visitor.sign_in(administrator().username)
    wrong: dict[str, object] = {}
    for name, url in pages.items():
        page = visitor.open(url)
        if name not in LEADS_ON and (met := visitor.met(url)):
            wrong[f"{name}: answer"] = met
        unfold(page)
        if found := violations(page):
            wrong[f"{name}: axe"] = found
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong[f"{name}: scrolls sideways"] = page.evaluate(WIDEST)
        if visitor.problems:
            wrong[f"{name}: console"] = list(visitor.problems)
            visitor.problems.clear()
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())

"""How values are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.template import TemplateSyntaxError
from django.utils import timezone

from shield.registry.models import Service
from shield.web import marks, values
from shield.web.badges import BADGES
from shield.web.finders import FILES, VendorFinder
from shield.web.icons import ICONS
from shield.web.selectors import Strip


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.042, "42 ms"),
        (0.42, "0.4 s"),
        (12.4, "12 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert values.duration(seconds) == text


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.1, 0.2), "[0.100, 0.200]"),
        ((None, 0.2), "[−∞, 0.200]"),
        ((0.1, None), "[0.100, ∞]"),
        ((None, None), "–"),
    ],
)
def test_intervals(ends: tuple[float | None, float | None], text: str) -> None:
    assert values.interval(*ends) == text


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.8, None), "≥ 0.800"),
        ((None, 0.05), "≤ 0.05"),
        ((-0.1, 0.1), "± 0.100"),
        ((0.8, 1.25), "0.800 … 1.250"),
        ((None, None), "–"),
    ],
)
def test_limits(ends: tuple[float | None, float | None], text: str) -> None:
    assert values.limits(*ends) == text


def test_a_slice_names_its_columns_and_escapes_its_groups() -> None:
    assert values.slice_label({}) == "Everybody"
    html = values.slice_label({"race": "*", "sex": "<b>"})
    assert "all groups" in html
    assert "&lt;b&gt;" in html


def test_times_in_the_past_and_the_future() -> None:
    now = timezone.now()
    assert "just now" in values.when(now)
    assert "2 hours ago" in values.when(now - timedelta(hours=2, minutes=1)).replace("\xa0", " ")
    assert "in 3 days" in values.when(now + timedelta(days=3, minutes=1)).replace("\xa0", " ")
    assert values.when(None) == "–"
    full = values.when(datetime(2026, 11, 20, 9, 5, tzinfo=UTC), "full")
    assert ">20 Nov 2026, 09:05 UTC</time>" in full


def test_every_badge_has_a_word_and_an_icon_that_is_served() -> None:
    for kind, badges in BADGES.items():
        for value in badges:
            html = marks.badge(kind, value)
            assert str(badges[value].label) in html
            assert "<path" in html, f"{kind} {value}: run `make assets`"


def test_an_unlisted_icon_is_a_mistake_in_the_template() -> None:
    with pytest.raises(TemplateSyntaxError):
        marks.icon("no-such-icon")


def test_a_strip_says_each_run_and_escapes_its_version() -> None:
    at = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    html = marks.strip_bars(
        [Strip("finished", "fail", at, "<b>'\""), Strip("queued", None, at, "2")]
    )
    assert html.count("<li ") == 2
    assert "<b>" not in html
    assert 'title="Fail · &lt;b&gt;&#x27;&quot; · 2026-11-20 09:05 UTC"' in html
    assert 'title="Queued · 2 · 2026-11-20 09:05 UTC"' in html


def test_coverage_is_a_bar_with_its_words_or_nothing() -> None:
    html = marks.coverage_bar({"planned": 4, "measured": 3, "skipped": 1})
    assert 'max="4" value="3"' in html
    assert "3 of 4 checks measured, 1 skipped, 0 in error" in html
    assert marks.coverage_bar({}) == marks.coverage_bar(None) == marks.NOTHING


def test_numbers_of_findings_stand_in_the_fixed_order_and_link_to_their_list() -> None:
    service = Service(slug="credit")
    html = marks.severity_links({"low": 1_200, "critical": 2, "high": 0}, service)
    assert html.index("severity=critical") < html.index("severity=low")
    assert "severity=high" not in html
    assert "?service=credit&amp;severity=low&amp;show=active" in html
    assert ">1,200<" in html
    assert "None" in marks.severity_links({}, service)


def test_only_listed_files_of_node_modules_are_served() -> None:
    finder = VendorFinder()
    assert finder.find("vendor/htmx.min.js")
    assert finder.find("vendor/../package.json") == []
    assert finder.find("vendor/icons/../../../package.json") == []
    assert {name for name, _ in finder.list(None)} == set(FILES)
    assert len([name for name in FILES if "/icons/" in name]) == len(ICONS)


def test_missing_assets_are_a_warning_that_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("shield.web.finders.NODE_MODULES", tmp_path)
    (warning,) = VendorFinder().check()
    assert warning.id == "shield.web.W001"
    assert "make assets" in str(warning.hint)

"""The home page's charts: what they count, where they leave gaps, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from shield.accounts.models import BusinessUnit
from shield.risk.models import DayFigures
from shield.web import dashboard
from shield.web.dashboard import (
    age_of_active,
    charts,
    figures,
    overview_kept,
    promises_kept,
    severity_over_time,
)
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOON.date()


def kept(back: int, unit: BusinessUnit | None = None, severity: str = "high", **counts: int):
    """A row of so many days ago."""
    return DayFigures.objects.create(
        day=TODAY - timedelta(days=back), unit=unit or factories.unit(), severity=severity, **counts
    )


def test_a_week_shows_its_latest_day_and_a_week_without_any_is_a_gap() -> None:
    kept(0, active=3)
    kept(15, active=8)
    kept(17, active=9)
    chart = severity_over_time(figures(factories.user(), at=NOON), weeks=4)
    assert [row[-1] for row in chart.rows] == ["–", 8, "–", 3]
    assert chart.rows[-1][0] == "20 November 2026"


def test_units_add_up_and_foreign_units_are_left_out() -> None:
    own, other = factories.unit("own"), factories.unit("other")
    kept(0, own, active=3)
    kept(0, other, active=40)
    kept(0, own, "low", active=1)
    everywhere = severity_over_time(figures(factories.user(), at=NOON), weeks=1)
    narrowed = severity_over_time(figures(factories.user(unit=own), at=NOON), weeks=1)
    nowhere = severity_over_time(figures(factories.user(role=None), at=NOON), weeks=1)
    assert [everywhere.rows[0][-1], narrowed.rows[0][-1], nowhere.rows[0][-1]] == [44, 4, 0]


def test_today_is_counted_when_nobody_has_kept_it_yet() -> None:
    unit = factories.unit("own")
    run = factories.run(factories.version(factories.service(unit=unit)))
    factories.finding(run, severity="critical", opened_at=NOON - timedelta(days=40))
    chart = age_of_active(figures(factories.user(unit=unit), at=NOON))
    assert [row[-1] for row in chart.rows] == [0, 0, 1, 0, 0]
    foreign = age_of_active(figures(factories.user(unit=factories.unit("other")), at=NOON))
    assert [row[-1] for row in foreign.rows] == [0, 0, 0, 0, 0]


def test_promises_are_counted_by_calendar_month_with_an_interval() -> None:
    kept(0, due=3, due_kept=2)
    kept(2, due=7, due_kept=7)
    kept(20, due=5, due_kept=0)
    rows = promises_kept(figures(factories.user(), at=NOON)).rows
    assert len(rows) == 12
    assert rows[-1] == ["November 2026", "90%", "[60%, 98%]", 10]
    assert rows[-2] == ["October 2026", "0%", "[0%, 43%]", 5]
    assert rows[-3] == ["September 2026", "–", "–", 0]


def test_rebuilt_days_are_said_to_be_rebuilt() -> None:
    kept(9, active=1, reconstructed=True)
    kept(0, active=1)
    chart = severity_over_time(figures(factories.user(), at=NOON), weeks=2)
    assert "Until 11 November 2026 rebuilt" in chart.note


def test_the_charts_take_two_queries_however_many_days_and_units(
    django_assert_num_queries,
) -> None:
    user = factories.user()
    assert user.grant_list
    for back in range(0, 60, 7):
        for slug in ("a", "b", "c"):
            kept(back, factories.unit(slug), active=back)
    with django_assert_num_queries(2):
        found = charts(figures(user, at=NOON), weeks=26)
    assert [chart.id for chart in found] == [
        "severity-over-time", "age-of-active", "promises-kept",
    ]  # fmt: skip


def test_among_many_findings_today_is_not_counted_and_the_chart_says_of_which_day_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dashboard, "FEW", 0)
    factories.finding(factories.run(), opened_at=NOON)
    kept(1, active=9, age_7=9)
    chart = age_of_active(figures(factories.user(), at=NOON))
    assert [row[-1] for row in chart.rows] == [9, 0, 0, 0, 0]
    assert "As of 19 November 2026." in chart.note


def test_figures_that_nobody_has_kept_yet_are_a_gap_among_many_findings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dashboard, "FEW", 0)
    factories.finding(factories.run(), opened_at=NOON)
    chart = age_of_active(figures(factories.user(), at=NOON))
    assert {row[-1] for row in chart.rows} == {"–"}


def test_drawn_charts_are_kept_apart_for_those_who_may_see_other_units(
    django_assert_num_queries,
) -> None:
    own = factories.unit("own")
    everybody, one = factories.user(), factories.user(unit=own)
    assert everybody.grant_list
    assert one.grant_list
    for unit, active in ((own, 3), (factories.unit("other"), 40)):
        DayFigures.objects.create(
            day=timezone.now().date(), unit=unit, severity="high", active=active
        )
    assert overview_kept(everybody, weeks=13).charts[0].rows[-1][-1] == 43
    assert overview_kept(one, weeks=13).charts[0].rows[-1][-1] == 3
    with django_assert_num_queries(0):
        overview_kept(one, weeks=13)

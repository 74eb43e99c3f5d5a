"""The figures of a day: what is counted, what is rebuilt, what is never rewritten."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings

from shield.findings.choices import FindingState
from shield.findings.models import Clock, Finding
from shield.risk.figures import figures_refresh
from shield.risk.models import DayFigures
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def finding(days: float, *, severity: str = "high", **more: object) -> Finding:
    """A finding opened that many days before noon."""
    opened = NOON - timedelta(days=days)
    facts = {"opened_at": opened, "due_at": opened + timedelta(days=30)} | more
    return factories.finding(_run(), severity=severity, **facts)


def _run():
    found = Finding.objects.first()
    return found.first_run if found else factories.run()


TODAY = NOON.date()


def row(day: date = TODAY, severity: str = "high") -> DayFigures:
    return DayFigures.objects.get(day=day, severity=severity)


def test_active_findings_are_counted_by_age_and_those_past_their_date_as_overdue() -> None:
    for days in (1, 6, 8, 31, 100, 200):
        finding(days)
    finding(2, state=FindingState.ACCEPTED)
    finding(2, state=FindingState.FALSE_POSITIVE)
    figures_refresh(at=NOON)
    now = row()
    assert (now.active, now.overdue, now.accepted) == (6, 3, 1)
    assert [now.age_7, now.age_30, now.age_90, now.age_180, now.age_older] == [2, 1, 1, 1, 1]


def test_every_unit_and_severity_has_a_row_so_that_zero_is_not_a_gap() -> None:
    factories.unit("payments")
    finding(1)
    figures_refresh(at=NOON)
    assert DayFigures.objects.filter(day=NOON.date()).count() == 10


def clock(of: Finding, due_at: datetime, **more: object) -> Clock:
    """A clock of the finding, as severity and tier started it."""
    began = {"started_at": of.opened_at, "sla_due_at": due_at, "severity": of.severity}
    return Clock.objects.create(finding=of, due_at=due_at, **(began | more))


def kept(due_at: datetime) -> Clock:
    """The clock of a finding that a run proved resolved an hour early."""
    stopped = due_at - timedelta(hours=1)
    of = finding(10, state=FindingState.RESOLVED, resolved_at=stopped, due_at=due_at)
    return clock(of, due_at, stopped_at=stopped, result="met")


def test_a_clock_that_starts_after_its_date_is_missed_on_the_day_it_starts() -> None:
    clock(finding(60), NOON - timedelta(days=30), started_at=NOON - timedelta(hours=2))
    figures_refresh(at=NOON)
    now = row()
    assert (now.due, now.due_kept) == (1, 0)


SOON = NOON - timedelta(hours=1)


def test_of_the_clocks_that_were_due_today_those_that_were_met_are_kept() -> None:
    clock(finding(10), SOON)  # still runs
    late = NOON - timedelta(minutes=5)
    clock(finding(10, state=FindingState.CLOSED), SOON, stopped_at=late, result="missed")
    kept(SOON), kept(SOON)
    kept(NOON + timedelta(hours=1))  # not due yet
    figures_refresh(at=NOON)
    assert (row().due, row().due_kept) == (4, 2)


def test_a_clock_is_left_out_when_a_decision_came_in_time_and_counted_when_it_came_late() -> None:
    before, after = SOON - timedelta(minutes=1), SOON + timedelta(minutes=1)
    clock(finding(10, state=FindingState.ACCEPTED), SOON, decided_at=before)
    clock(finding(10, state=FindingState.RETIRED), SOON, decided_at=before)
    figures_refresh(at=NOON)
    assert (row().due, row().due_kept) == (0, 0)
    clock(finding(10, state=FindingState.ACCEPTED), SOON, decided_at=after)
    figures_refresh(at=NOON)
    assert (row().due, row().due_kept) == (1, 0)


def test_every_time_that_a_finding_came_back_has_a_promise_of_its_own() -> None:
    again = finding(10, state=FindingState.REGRESSED)
    clock(again, SOON, stopped_at=SOON - timedelta(hours=2), result="met")
    clock(again, SOON + timedelta(minutes=30))
    figures_refresh(at=NOON)
    assert (row().due, row().due_kept) == (2, 1)


def test_findings_of_retired_services_are_not_active() -> None:
    finding(10, state=FindingState.RETIRED, due_at=SOON)
    figures_refresh(at=NOON)
    assert (row().active, row().overdue, row().accepted) == (0, 0, 0)


def test_what_was_due_after_the_last_refresh_of_a_day_is_counted_the_next_day() -> None:
    yesterday = TODAY - timedelta(days=1)
    covered = clock(finding(30), NOON - timedelta(hours=25))
    figures_refresh(at=NOON - timedelta(days=1))
    assert row(yesterday).due == 1
    clock(finding(30), NOON - timedelta(hours=13))
    kept(NOON - timedelta(hours=14))
    later = NOON + timedelta(days=3)  # its severity was lowered
    Clock.objects.filter(pk=covered.pk).update(due_at=later, sla_due_at=later)
    figures_refresh(at=NOON)
    assert (row(yesterday).due, row(yesterday).due_kept) == (2, 1)


def test_the_days_before_are_rebuilt_with_the_clocks_that_were_due_then() -> None:
    finding(20)
    kept(NOON - timedelta(days=3))
    clock(finding(20), NOON - timedelta(days=3))
    figures_refresh(at=NOON)
    assert [(row(TODAY - timedelta(days=back)).due, row(TODAY - timedelta(days=back)).due_kept)
            for back in (3, 2)] == [(2, 1), (0, 0)]  # fmt: skip


def test_a_second_refresh_replaces_today_and_leaves_the_past() -> None:
    first = finding(1)
    figures_refresh(at=NOON)
    figures_refresh(at=NOON + timedelta(days=1))
    Finding.objects.filter(pk=first.pk).update(state=FindingState.ACCEPTED)
    figures_refresh(at=NOON + timedelta(days=1, hours=1))
    assert row().active == 1
    assert row(NOON.date() + timedelta(days=1)).active == 0


def test_the_first_refresh_rebuilds_the_days_before() -> None:
    finding(10)
    finding(5, state=FindingState.RESOLVED, resolved_at=NOON - timedelta(days=2))
    figures_refresh(at=NOON)
    active = {back: row(NOON.date() - timedelta(days=back)).active for back in (10, 6, 5, 3, 2, 1)}
    assert active == {10: 1, 6: 1, 5: 2, 3: 2, 2: 1, 1: 1}
    assert row(NOON.date() - timedelta(days=2)).reconstructed
    assert not DayFigures.objects.filter(day__lt=NOON.date() - timedelta(days=10)).exists()
    assert not row().reconstructed


def test_what_happened_after_the_last_refresh_of_a_day_is_added_once_the_day_has_ended() -> None:
    yesterday = TODAY - timedelta(days=1)
    finding(2)
    figures_refresh(at=NOON - timedelta(days=1))
    finding(0.75)  # opened at 18:00 of yesterday
    finding(30, state=FindingState.RESOLVED, resolved_at=NOON - timedelta(hours=13))
    for _again in range(2):
        figures_refresh(at=NOON)
        assert (row(yesterday).opened, row(yesterday).resolved) == (1, 1)


def test_days_on_which_nothing_ran_are_rebuilt_and_say_so() -> None:
    factories.unit("payments")
    finding(4.2)
    figures_refresh(at=NOON - timedelta(days=4))
    finding(2)
    figures_refresh(at=NOON)
    seen = {back: row_of(TODAY - timedelta(days=back)) for back in (4, 3, 2, 1, 0)}
    assert {back: each.active for back, each in seen.items()} == {4: 1, 3: 1, 2: 2, 1: 2, 0: 2}
    assert [back for back, each in seen.items() if each.reconstructed] == [3, 2, 1]
    assert DayFigures.objects.filter(day=TODAY - timedelta(days=2)).count() == 10


def row_of(day: date) -> DayFigures:
    return DayFigures.objects.get(day=day, severity="high", unit__slug="general")


def test_the_day_is_closed_right_after_midnight_and_refreshed_all_day() -> None:
    schedule = [
        each["schedule"]
        for each in settings.CELERY_BEAT_SCHEDULE.values()
        if each["task"] == "shield.risk.tasks.figures_keep"
    ]
    assert 900.0 in schedule
    (night,) = [each for each in schedule if each != 900.0]
    assert (night.hour, night.minute) == ({0}, {2})

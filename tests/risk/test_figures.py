"""The figures of a day: what is counted, what is rebuilt, what is never rewritten."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shield.findings.choices import FindingState
from shield.findings.models import Finding
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


def test_of_what_was_due_today_that_resolved_by_then_was_kept() -> None:
    soon = {"due_at": NOON - timedelta(hours=1)}
    finding(10, **soon)
    finding(10, state=FindingState.ACCEPTED, **soon)
    finding(10, state=FindingState.CLOSED, resolved_at=NOON - timedelta(minutes=5), **soon)
    for _ in range(2):
        finding(10, state=FindingState.RESOLVED, resolved_at=NOON - timedelta(days=1), **soon)
    figures_refresh(at=NOON)
    assert (row().due, row().due_kept, row().resolved) == (4, 2, 1)


def test_what_was_due_after_the_last_refresh_of_a_day_is_counted_the_next_day() -> None:
    figures_refresh(at=NOON - timedelta(days=1))
    finding(30, due_at=NOON - timedelta(hours=13))
    figures_refresh(at=NOON)
    assert row(TODAY - timedelta(days=1)).due == 1


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

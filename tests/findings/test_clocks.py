"""Where a clock stands, in the row and in the filter alike, and what was kept over time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shield.accounts.choices import Role
from shield.findings.choices import FindingState, SlaState
from shield.findings.clocks import compliance, sla_query, sla_state
from shield.findings.models import Clock, Finding
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def run():
    return factories.run()


CASES = [
    (FindingState.OPEN, -1, None, SlaState.OVERDUE),
    (FindingState.REGRESSED, 3, None, SlaState.DUE_SOON),
    (FindingState.IN_PROGRESS, 8, None, SlaState.ON_TIME),
    (FindingState.ACCEPTED, -1, None, SlaState.DECIDED),
    (FindingState.FALSE_POSITIVE, 5, None, SlaState.DECIDED),
    (FindingState.RESOLVED, -1, -2, SlaState.MET),
    (FindingState.CLOSED, -2, -1, SlaState.MISSED),
]


@pytest.mark.parametrize(("state", "due", "resolved", "expected"), CASES)
def test_the_state_of_a_clock_is_the_same_in_python_and_in_the_database(
    run, state, due, resolved, expected
):
    finding = factories.finding(
        run, state=state, due_at=NOW + timedelta(days=due),
        resolved_at=NOW + timedelta(days=resolved) if resolved else None,
    )  # fmt: skip
    assert sla_state(finding, at=NOW) == expected
    found = {s for s in SlaState if Finding.objects.filter(sla_query(s, at=NOW)).exists()}
    assert found == {expected}


def _clock(finding, *, due, stopped=None, decided=None, result=""):
    moment = {key: NOW + timedelta(days=value) if value is not None else None
              for key, value in (("due", due), ("stopped", stopped), ("decided", decided))}  # fmt: skip
    Clock.objects.create(
        finding=finding, severity="high", started_at=NOW - timedelta(days=60),
        sla_due_at=moment["due"], due_at=moment["due"], stopped_at=moment["stopped"],
        decided_at=moment["decided"], result=result,
    )  # fmt: skip


def test_compliance_counts_every_clock_by_the_month_in_which_it_was_due(run):
    user = factories.user(role=Role.VIEWER)
    for _ in range(2):
        _clock(factories.finding(run), due=-20, stopped=-25, result="met")
    _clock(factories.finding(run), due=-20, stopped=-5, result="missed")
    _clock(factories.finding(run), due=-20)  # still runs: missed
    _clock(factories.finding(run), due=-20, decided=-21)  # accepted in time
    _clock(factories.finding(run), due=-20, decided=-19)  # accepted too late: missed
    rows = compliance(user, start=NOW - timedelta(days=21), end=NOW, at=NOW)
    (row,) = rows
    assert (row.met, row.missed, row.decided) == (2, 3, 1)
    assert row.share == 0.4


def test_compliance_shows_nothing_of_a_foreign_unit(run):
    _clock(factories.finding(run), due=-20)
    stranger = factories.user(role=Role.VIEWER, unit=factories.unit("treasury"))
    assert compliance(stranger, start=NOW - timedelta(days=40), end=NOW) == []

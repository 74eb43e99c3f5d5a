"""Where a clock stands: in the row, the filter and the figures alike."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from unittest import mock

import pytest
from django.apps import apps
from django.db.models import Sum
from django.utils import timezone

from shield.accounts.choices import Role
from shield.common.errors import Conflict
from shield.evidence.outcome import Outcome
from shield.findings import services
from shield.findings.choices import FindingState, SlaState
from shield.findings.clocks import sla_query, sla_state
from shield.findings.exporting import export_row
from shield.findings.models import Acceptance, Clock, Finding, TimelineEntry
from shield.findings.proposals import Terms
from shield.records.models import Run
from shield.registry.services import service_retire
from shield.risk.figures import figures_refresh
from shield.risk.models import DayFigures
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db
NOW = timezone.now()
FAILED = next(item for item in sample.loan_measurements() if item.outcome is Outcome.FAIL)


@pytest.fixture
def run():
    return factories.run()


# state, days to: due date, resolution, first due date, decision
CASES = [
    (FindingState.OPEN, -1, None, SlaState.OVERDUE),
    (FindingState.REGRESSED, 3, None, SlaState.DUE_SOON),
    (FindingState.IN_PROGRESS, 8, None, SlaState.ON_TIME),
    (FindingState.ACCEPTED, -1, None, SlaState.DECIDED),
    (FindingState.FALSE_POSITIVE, 5, None, SlaState.DECIDED),
    (FindingState.RESOLVED, -1, -2, SlaState.MET),
    (FindingState.CLOSED, -2, -1, SlaState.MISSED),
]


MOVED = [
    (
        FindingState.OPEN,
        3,
        None,
        -1,
        None,
        SlaState.DUE_SOON,
    ),  # a moved date says when it is overdue
    (FindingState.RESOLVED, -1, -2, -3, None, SlaState.MISSED),  # and keeps no promise
    (FindingState.RESOLVED, -3, -2, -1, None, SlaState.MET),  # moved forward: the promise was later
    (FindingState.RESOLVED, -5, -2, None, -6, SlaState.MET),  # fixed late, decided in time
    (FindingState.RESOLVED, -5, -2, None, -4, SlaState.MISSED),
    (FindingState.ACCEPTED, -5, None, None, -6, SlaState.DECIDED),
    (FindingState.ACCEPTED, -5, None, None, -4, SlaState.MISSED),
    (FindingState.RETIRED, 5, None, -3, -1, SlaState.MISSED),
    (FindingState.FALSE_POSITIVE, 5, None, None, -1, SlaState.DECIDED),
]


@pytest.mark.parametrize(
    ("state", "due", "resolved", "first", "decided", "expected"),
    [(state, due, resolved, None, None, was) for state, due, resolved, was in CASES] + MOVED,
)
def test_the_state_of_a_clock_is_the_same_in_python_and_in_the_database(
    run, state, due, resolved, first, decided, expected
):
    days = {"due_at": due, "resolved_at": resolved, "sla_due_at": first, "decided_at": decided}
    moments = {
        name: None if value is None else NOW + timedelta(days=value) for name, value in days.items()
    }
    finding = factories.finding(run, state=state, **moments)
    assert sla_state(finding, at=NOW) == expected
    found = {s for s in SlaState if Finding.objects.filter(sla_query(s, at=NOW)).exists()}
    assert found == {expected}


@contextmanager
def _on_day(finding, day):
    """That many days after the finding was opened."""
    at = finding.opened_at + timedelta(days=day)
    with mock.patch("django.utils.timezone.now", return_value=at):
        yield at


@pytest.fixture
def people():
    return factories.user(role=Role.RISK_OFFICER), factories.user(role=Role.APPROVER)


@pytest.fixture
def finding():
    """A failure of today, due in 7 days."""
    services.findings_update(run=factories.run(measurements=[FAILED]))
    made = Finding.objects.get()
    due = made.opened_at + timedelta(days=7)
    Finding.objects.update(due_at=due)
    Clock.objects.update(due_at=due, sla_due_at=due)
    return Finding.objects.get()


def _accept(finding, people, day):
    """Proposed and approved on that day, for 170 days."""
    with _on_day(finding, day) as at:
        terms = Terms("accept", "controls", "People look.", at + timedelta(days=170))
        made = services.acceptance_propose(finding=finding, terms=terms, actor=people[0])
        return services.acceptance_approve(acceptance=made, note="Yes.", actor=people[1])


def _fix(finding, day):
    with _on_day(finding, day) as at:
        run = factories.run(finding.last_run.version, [factories.passing(FAILED)])
        Run.objects.filter(pk=run.pk).update(finished_at=at)
        run.refresh_from_db()
        services.findings_update(run=run)


def _says(finding):
    """How the clock ended or stands: by the clock's row, the finding, the filter, the file, the figures."""
    finding.refresh_from_db()
    found = [str(s) for s in SlaState if Finding.objects.filter(sla_query(s)).exists()]
    clock = finding.clocks.last()
    DayFigures.objects.all().delete()
    figures_refresh(at=clock.sla_due_at + timedelta(hours=0.01))
    sums = DayFigures.objects.aggregate(due=Sum("due"), kept=Sum("due_kept"))
    by_figures = {(0, 0): "decided", (1, 0): "missed", (1, 1): "met"}[sums["due"], sums["kept"]]
    assert found == [export_row(finding)["sla"]] == [by_figures]
    assert clock.decided_at == finding.decided_at
    return found[0], clock.result


def test_a_renewal_does_not_make_a_decision_late(finding, people):
    _accept(finding, people, 2)
    _accept(finding, people, 60)
    assert _says(finding) == ("decided", "")
    assert finding.decided_at - finding.opened_at == timedelta(days=2)


def test_a_renewal_after_the_end_is_a_new_decision(finding, people):
    first = _accept(finding, people, 2)
    Acceptance.objects.filter(pk=first.pk).update(expires_at=finding.opened_at + timedelta(days=50))
    _accept(finding, people, 60)
    assert _says(finding) == ("missed", "")


def test_retiring_the_service_of_an_accepted_finding_keeps_the_date_of_the_decision(
    finding, people
):
    _accept(finding, people, 2)
    with _on_day(finding, 60):
        service_retire(service=finding.service, actor="olga", reason="Replaced")
    assert _says(finding) == ("decided", "")


def test_what_was_decided_in_time_is_met_when_it_is_fixed_later(finding, people):
    _accept(finding, people, 2)
    _fix(finding, 60)
    assert _says(finding) == ("met", "met")


def test_what_was_decided_late_is_missed_before_and_after_it_is_fixed(finding, people):
    _accept(finding, people, 8)
    assert _says(finding) == ("missed", "")
    _fix(finding, 60)
    assert _says(finding) == ("missed", "missed")


def test_a_decision_that_ended_before_the_repair_is_no_excuse(finding, people):
    row = _accept(finding, people, 2)
    with _on_day(finding, 30):
        services.acceptance_withdraw(acceptance=row, note="A repair.", actor=people[0])
    _fix(finding, 60)
    assert _says(finding) == ("missed", "missed")


def test_a_finding_that_comes_back_forgets_the_old_decision(finding, people):
    _accept(finding, people, 2)
    _fix(finding, 3)
    services.findings_update(run=factories.run(finding.last_run.version, [FAILED]))
    finding.refresh_from_db()
    assert (finding.state, finding.decided_at) == ("regressed", None)


def test_moving_a_date_keeps_no_promise(finding, people):
    with _on_day(finding, 5):
        services.finding_due_change(
            finding=finding, due_at=finding.opened_at + timedelta(days=50), category="data",
            note="later", actor=people[0],
        )  # fmt: skip
    Finding.objects.update(sla_due_at=finding.due_at)  # the fixture's seven days
    _fix(finding, 40)
    assert _says(finding) == ("missed", "missed")


def test_a_date_that_has_passed_stays(finding, people):
    with _on_day(finding, 8), pytest.raises(Conflict) as caught:
        services.finding_due_change(
            finding=finding, due_at=finding.opened_at + timedelta(days=50), category="data",
            note="later", actor=people[0],
        )  # fmt: skip
    assert caught.value.code == "due_missed"
    assert "accept" in caught.value.hint


def test_rows_from_before_get_the_date_of_their_first_decision(finding, people):
    _accept(finding, people, 2)
    _fix(finding, 60)
    first = finding.timeline.filter(to_state="accepted").first()
    TimelineEntry.objects.filter(pk=first.pk).update(at=finding.opened_at + timedelta(days=2))
    # As a renewal left it once.
    Clock.objects.update(decided_at=finding.opened_at + timedelta(days=59), result="missed")
    Finding.objects.update(decided_at=None)
    import_module("shield.findings.migrations.0008_existing_decisions").fill(apps, None)
    assert _says(finding) == ("met", "met")
    assert finding.decided_at - finding.opened_at == timedelta(days=2)

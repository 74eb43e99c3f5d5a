from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from shield.evidence.outcome import Severity
from shield.findings import selectors
from shield.findings.choices import FindingState
from shield.findings.services import findings_update
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return factories.run()


def test_active_findings_are_those_that_ask_for_work(run):
    for state in FindingState:
        factories.finding(run, state=state)
    assert {finding.state for finding in selectors.findings_active()} == {
        FindingState.OPEN,
        FindingState.IN_PROGRESS,
        FindingState.REGRESSED,
    }


def test_overdue_is_active_and_late(run):
    now = timezone.now()
    late = factories.finding(run, due_at=now - timedelta(days=1))
    factories.finding(run, due_at=now + timedelta(days=1))
    factories.finding(run, due_at=now - timedelta(days=1), state=FindingState.RESOLVED)
    assert list(selectors.findings_overdue()) == [late]


def test_unassigned_excludes_what_somebody_works_on(run):
    free = factories.finding(run)
    factories.finding(run, assignee=factories.user())
    assert list(selectors.findings_unassigned()) == [free]


def test_counts_carry_all_severities_gravest_first(run):
    factories.finding(run, severity=Severity.LOW)
    factories.finding(run, severity=Severity.CRITICAL)
    factories.finding(run, severity=Severity.CRITICAL, state=FindingState.CLOSED)
    counts = selectors.counts_by_severity(service=run.service)
    assert list(counts) == list(Severity)
    assert [counts[severity] for severity in Severity] == [1, 0, 0, 1, 0]


def test_counts_by_service_need_one_query(run, django_assert_num_queries):
    factories.finding(run, severity=Severity.HIGH)
    with django_assert_num_queries(1):
        counts = selectors.counts_by_service()
    assert counts[run.service_id][Severity.HIGH] == 1


def test_findings_of_a_run_are_those_it_saw_failing(run):
    findings_update(run=run)
    assert selectors.findings_of_run(run).count() == 4
    again = factories.run(run.version, [factories.passing(item) for item in _failed()])
    findings_update(run=again)
    assert selectors.findings_of_run(again).count() == 0
    assert selectors.findings_proved_by(again).count() == 4


def _failed():
    return [item for item in sample.loan_measurements() if item.outcome == "fail"]

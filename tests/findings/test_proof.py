"""The life-cycle that runs drive: every rule of the table, and the ways in which it could be fooled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.evidence.judgement import judge
from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Outcome, Severity
from shield.findings.choices import FindingState, TimelineAct
from shield.findings.models import Clock, Finding, TimelineEntry
from shield.findings.services import (
    finding_due_change,
    finding_severity_change,
    findings_update,
)
from shield.records.choices import RunState
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db

FAILED = next(item for item in sample.loan_measurements() if item.outcome is Outcome.FAIL)
PASSED = factories.passing(FAILED)


@pytest.fixture
def version():
    return factories.version()


def _run(version, *measurements, **more):
    run = factories.run(version, measurements, **more)
    findings_update(run=run)
    return run


def _only() -> Finding:
    return Finding.objects.get()


def _acts() -> list[str]:
    return list(TimelineEntry.objects.values_list("act", flat=True))


def test_every_failed_measurement_becomes_a_finding(version):
    run = _run(version, *sample.loan_measurements())
    failed = [item for item in sample.loan_measurements() if item.outcome is Outcome.FAIL]
    assert Finding.objects.count() == len(failed) == 4
    finding = Finding.objects.get(slice_key=run.checks.get(
        check_id=sample.DIFFERENCE).measurements.get(slice={"race": "black"}).slice_key)  # fmt: skip
    assert finding.state == FindingState.OPEN
    assert finding.title == "Demographic parity difference is outside its limit for race = black"
    assert finding.severity == finding.policy_severity == Severity.HIGH
    assert finding.first_run == finding.last_run == run
    assert finding.measurement.outcome == Outcome.FAIL
    assert finding.opened_at == run.finished_at


def test_due_date_follows_the_severity(version):
    _run(version, FAILED)
    assert _only().due_at - _only().opened_at == timedelta(days=30)


def test_running_twice_creates_none_twice(version):
    first = _run(version, FAILED)
    second = _run(version, FAILED)
    assert _only().first_run == first
    assert _only().last_run == second
    assert _only().measurement.check_record.run == second
    assert _acts() == [TimelineAct.OPENED, TimelineAct.SEEN]


def test_the_same_run_twice_changes_nothing(version):
    run = _run(version, *sample.loan_measurements())
    before = list(Finding.objects.values()), list(TimelineEntry.objects.values())
    assert findings_update(run=run) == []
    assert (list(Finding.objects.values()), list(TimelineEntry.objects.values())) == before


def test_an_older_run_delivered_again_does_not_undo_a_newer_one(version):
    old = _run(version, FAILED)
    _run(version, PASSED)
    findings_update(run=old)
    assert _only().state == FindingState.RESOLVED


def test_a_passing_run_resolves_with_itself_as_proof(version):
    _run(version, FAILED)
    proof = _run(version, PASSED)
    assert _only().state == FindingState.RESOLVED
    assert _only().proof == proof
    assert _only().resolved_at == proof.finished_at
    assert _only().measurement.outcome == Outcome.FAIL  # what was wrong stays visible
    assert TimelineEntry.objects.last().measurement.check_record.run == proof


def test_a_pass_on_another_slice_resolves_nothing(version):
    _run(version, FAILED)
    _run(version, replace(PASSED, slice={"race": "hispanic"}))
    assert _only().state == FindingState.OPEN


def test_a_pass_of_another_check_resolves_nothing(version):
    _run(version, FAILED)
    _run(version, replace(PASSED, check=sample.OPPORTUNITY))
    assert _only().state == FindingState.OPEN


def test_a_pass_in_another_service_resolves_nothing(version):
    _run(version, FAILED)
    _run(factories.version(factories.service("other")), PASSED)
    assert _only().state == FindingState.OPEN


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.SKIPPED, Outcome.INCONCLUSIVE, None])
def test_an_undecided_measurement_changes_nothing(version, outcome):
    _run(version, FAILED)
    before = Finding.objects.values().get()
    _run(version, replace(PASSED, outcome=outcome, reason="not decided"))
    assert Finding.objects.values().get() == before
    assert _acts() == [TimelineAct.OPENED]


@pytest.mark.parametrize(
    "state", [RunState.ERRORED, RunState.FAILED, RunState.CANCELLED, RunState.RUNNING]
)
def test_a_run_that_did_not_finish_changes_nothing(version, state):
    _run(version, FAILED)
    _run(version, PASSED, state=state)
    _run(version, replace(FAILED, slice={"sex": "female"}), state=state)
    assert _only().state == FindingState.OPEN


def test_a_pass_against_a_looser_limit_resolves_nothing(version):
    _run(version, FAILED)
    _run(version, judge(FAILED, Threshold(min=-0.5, max=0.5), Severity.HIGH))
    assert _only().state == FindingState.OPEN
    assert "looser limit" in TimelineEntry.objects.last().note


def test_a_pass_against_a_stricter_limit_resolves(version):
    _run(version, FAILED)
    _run(version, replace(PASSED, threshold=Threshold(min=-0.05, max=0.05)))
    assert _only().state == FindingState.RESOLVED


def test_a_pass_on_other_data_says_so(version):
    _run(version, FAILED)
    newer = factories.dataset(version.service)
    _run(version, PASSED, reproducibility={"data_sha256": {"test": newer.sha256}})
    assert _only().state == FindingState.RESOLVED
    assert TimelineEntry.objects.last().note.endswith("Measured on other data than the failure.")


def test_a_newer_version_that_fails_again_regresses_with_a_new_clock(version):
    _run(version, FAILED)
    _run(version, PASSED)
    again = _run(factories.version(version.service, "2026.12"), FAILED)
    assert _only().state == FindingState.REGRESSED
    assert _only().opened_at == again.finished_at
    assert _only().due_at == again.finished_at + timedelta(days=30)
    assert _only().proof is None
    assert _only().resolved_at is None
    assert _acts() == [TimelineAct.OPENED, TimelineAct.RESOLVED, TimelineAct.REGRESSED]


def test_passing_on_the_version_in_production_closes(version):
    _run(version, FAILED)
    factories.deployment(version)
    proof = _run(version, PASSED)
    assert _only().state == FindingState.CLOSED
    assert _only().proof == proof
    assert _acts() == [TimelineAct.OPENED, TimelineAct.RESOLVED, TimelineAct.CLOSED]


def test_a_resolved_finding_closes_when_production_passes(version):
    _run(version, FAILED)
    candidate = factories.version(version.service, "2026.12")
    _run(candidate, PASSED)
    factories.deployment(candidate)
    _run(candidate, PASSED)
    assert _only().state == FindingState.CLOSED


@pytest.mark.parametrize("environment", ["staging", "development"])
def test_passing_outside_production_does_not_close(version, environment):
    _run(version, FAILED)
    factories.deployment(version, environment)
    _run(version, PASSED)
    assert _only().state == FindingState.RESOLVED


def test_passing_on_a_version_that_left_production_does_not_close(version):
    _run(version, FAILED)
    deployment = factories.deployment(version)
    deployment.ended_at = deployment.started_at + timedelta(days=1)
    deployment.save()
    _run(version, PASSED)
    assert _only().state == FindingState.RESOLVED


@pytest.mark.parametrize("state", [FindingState.ACCEPTED, FindingState.FALSE_POSITIVE])
def test_seeing_it_again_does_not_undo_a_decision(version, state):
    _run(version, FAILED)
    Finding.objects.update(state=state)
    _run(version, FAILED)
    assert _only().state == state
    assert _acts()[-1] == TimelineAct.SEEN


def test_a_false_positive_stays_one_when_it_passes(version):
    _run(version, FAILED)
    Finding.objects.update(state=FindingState.FALSE_POSITIVE)
    _run(version, PASSED)
    assert _only().state == FindingState.FALSE_POSITIVE


def test_severity_follows_the_policy(version):
    _run(version, FAILED)
    _run(version, replace(FAILED, severity=Severity.CRITICAL))
    assert _only().severity == Severity.CRITICAL
    assert _only().due_at - _only().opened_at == timedelta(days=7)


def _override(severity: Severity) -> None:
    finding_severity_change(
        finding=_only(), severity=severity, category="exposure", note="tiny",
        actor=factories.user(role=Role.RISK_OFFICER),
    )  # fmt: skip


def test_severity_that_a_person_set_is_kept_while_the_policy_says_the_same(version):
    _run(version, FAILED)
    _override(Severity.LOW)
    _run(version, FAILED)
    assert _only().severity == Severity.LOW
    assert _only().policy_severity == Severity.HIGH
    assert _only().due_at - _only().opened_at == timedelta(days=120)


def test_severity_that_a_person_set_is_kept_when_the_policy_becomes_milder(version):
    _run(version, FAILED)
    _override(Severity.LOW)
    _run(version, replace(FAILED, severity=Severity.MEDIUM))
    assert (_only().severity, _only().policy_severity) == (Severity.LOW, Severity.MEDIUM)
    assert _only().severity_overridden


def test_an_override_ends_when_the_failure_becomes_graver_and_the_timeline_says_so(version):
    _run(version, FAILED)
    _override(Severity.LOW)
    _run(version, replace(FAILED, severity=Severity.CRITICAL))
    assert _only().severity == _only().policy_severity == Severity.CRITICAL
    assert not _only().severity_overridden
    assert _only().due_at - _only().opened_at == timedelta(days=7)
    assert "low → critical" in TimelineEntry.objects.filter(act=TimelineAct.SEVERITY).last().note


def test_an_override_above_the_policy_survives_a_graver_policy_below_it(version):
    _run(version, replace(FAILED, severity=Severity.LOW))
    _override(Severity.CRITICAL)
    _run(version, replace(FAILED, severity=Severity.HIGH))
    assert (_only().severity, _only().policy_severity) == (Severity.CRITICAL, Severity.HIGH)


def test_a_date_that_a_person_set_survives_being_seen_again(version):
    _run(version, FAILED)
    due = _only().opened_at + timedelta(days=50)
    finding_due_change(
        finding=_only(), due_at=due, category="data", note="waiting",
        actor=factories.user(role=Role.RISK_OFFICER),
    )  # fmt: skip
    _run(version, FAILED)
    assert _only().due_at == due
    assert _only().sla_due_at == _only().opened_at + timedelta(days=30)


def test_every_opening_and_regression_has_a_clock_of_its_own(version):
    _run(version, FAILED)
    _run(version, PASSED)
    _run(version, FAILED)
    first, second = Clock.objects.all()
    assert (first.result, first.stopped_at is not None) == ("met", True)
    assert (second.result, second.stopped_at) == ("", None)
    assert _only().regressions == 1
    assert second.due_at == _only().due_at


def test_a_clock_that_stops_too_late_is_missed_for_ever(version):
    _run(version, FAILED)
    Clock.objects.update(sla_due_at=timezone.now() - timedelta(days=1))
    _run(version, PASSED)
    _run(version, FAILED)
    assert list(Clock.objects.values_list("result", flat=True)) == ["missed", ""]


def test_a_new_major_version_of_the_check_is_a_new_finding(version):
    _run(version, FAILED)
    run = factories.run(version, [FAILED])
    run.checks.update(check_version="2.0")
    findings_update(run=run)
    assert Finding.objects.count() == 2


def test_events_tell_what_changed_and_not_what_was_merely_seen(version):
    _run(version, FAILED)
    _run(version, FAILED)
    run = _run(version, PASSED)
    events = Event.objects.filter(object_type="finding").order_by("id")
    assert [event.act for event in events] == ["finding.opened", "finding.resolved"]
    assert events[1].actor == f"run {run.pk}"
    assert events[1].object_text.startswith("FND-")


@pytest.mark.parametrize("outcome", [FAILED, PASSED], ids=["seen", "resolved"])
def test_queries_do_not_grow_with_the_findings(outcome):
    def queries(of, total):
        _run(of, *(replace(FAILED, slice={"branch": str(number)}) for number in range(total)))
        again = factories.run(
            of, [replace(outcome, slice={"branch": str(n)}) for n in range(total)]
        )
        with CaptureQueriesContext(connection) as captured:
            findings_update(run=again)
        return len(captured)

    few = queries(factories.version(factories.service("few")), 3)
    many = queries(factories.version(factories.service("many")), 60)
    assert many == few
    assert many <= 40

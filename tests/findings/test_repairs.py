"""Running something again mends nothing: which version, data and limit prove that a failure is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Outcome, Severity
from shield.findings.choices import FindingState, TimelineAct
from shield.findings.models import Clock, Finding, TimelineEntry
from shield.findings.services import findings_update
from shield.records.models import Run, RunLog
from shield.registry.models import Dataset, Version
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db

FAILED = next(item for item in sample.loan_measurements() if item.outcome is Outcome.FAIL)
PASSED = factories.passing(FAILED)
LOOSE = Threshold(min=-0.5, max=0.5)


@pytest.fixture
def old() -> Version:
    return factories.version()


@pytest.fixture
def new(old: Version) -> Version:
    return factories.version(old.service, "2026.12")


def _run(version: Version, *measurements: Measurement, **more: object) -> Run:
    run = factories.run(version, measurements, **more)
    findings_update(run=run)
    return run


def _on(data: Dataset) -> dict[str, object]:
    return {"reproducibility": {"data_sha256": {data.role: data.sha256}}}


def _only() -> Finding:
    return Finding.objects.get()


def _last() -> TimelineEntry:
    return TimelineEntry.objects.last()


def test_an_older_version_that_passes_resolves_nothing_and_says_why(old, new):
    _run(old, PASSED)
    failed = _run(new, replace(FAILED, severity=Severity.CRITICAL))
    before = Finding.objects.values().get()
    _run(old, PASSED)
    after = Finding.objects.values().get()
    assert after == before | {"updated_at": after["updated_at"]}
    assert (_only().state, _only().last_run) == (FindingState.OPEN, failed)
    assert _last().act == TimelineAct.SEEN
    assert "older version" in _last().note
    assert _only().label in RunLog.objects.last().message


def test_not_even_in_production(old, new):
    _run(new, FAILED)
    factories.deployment(old)
    _run(old, PASSED)
    assert _only().state == FindingState.OPEN


def test_a_newer_version_that_passes_resolves(old, new):
    _run(old, FAILED)
    proof = _run(new, PASSED)
    assert (_only().state, _only().proof) == (FindingState.RESOLVED, proof)


def test_an_older_version_neither_replaces_what_failed_nor_makes_it_milder(old, new):
    failed = _run(new, replace(FAILED, severity=Severity.CRITICAL))
    due = _only().due_at
    _run(old, replace(FAILED, severity=Severity.LOW))
    assert (_only().last_run, _only().severity, _only().due_at) == (failed, "critical", due)
    assert "older version" in _last().note


def test_what_serves_is_news_though_a_newer_version_failed_last(old, new):
    _run(new, FAILED)
    factories.deployment(old)
    serving = _run(old, replace(FAILED, severity=Severity.CRITICAL))
    assert (_only().last_run, _only().severity) == (serving, "critical")


def test_an_older_version_that_fails_does_not_undo_the_proof(old, new):
    _run(old, FAILED)
    factories.deployment(old)
    proof = _run(new, PASSED)
    _run(old, FAILED)  # it serves until the repair is deployed
    assert (_only().state, _only().proof) == (FindingState.RESOLVED, proof)
    assert "the proof stands" in _last().note


def test_going_back_to_a_version_that_fails_regresses(old, new):
    _run(old, FAILED)
    serving = factories.deployment(new)
    _run(new, PASSED)
    assert _only().state == FindingState.CLOSED
    serving.ended_at = timezone.now()
    serving.save()
    _run(old, FAILED)
    assert _only().state == FindingState.CLOSED
    factories.deployment(old)
    _run(old, FAILED)
    assert _only().state == FindingState.REGRESSED


def test_data_that_was_there_before_the_failure_proves_nothing(old):
    earlier, later = factories.dataset(old.service), factories.dataset(old.service)
    _run(old, FAILED, **_on(later))
    _run(old, PASSED, **_on(earlier))
    assert _only().state == FindingState.OPEN
    assert "not registered after it" in _last().note
    _run(old, PASSED, reproducibility={"data_sha256": {"test": "0" * 64}})  # nobody knows it
    assert _only().state == FindingState.OPEN


@pytest.mark.parametrize("same", [True, False], ids=["the same", "newer"])
def test_the_same_data_or_newer_data_proves_it(old, same):
    data = factories.dataset(old.service)
    _run(old, FAILED, **_on(data))
    _run(old, PASSED, **_on(data if same else factories.dataset(old.service)))
    assert _only().state == FindingState.RESOLVED


def test_a_pass_that_ended_before_the_failure_proves_nothing(old):
    early = factories.run(old, [PASSED])
    _run(old, FAILED)
    Run.objects.filter(pk=early.pk).update(finished_at=timezone.now() - timedelta(hours=1))
    findings_update(run=early)
    assert _only().state == FindingState.OPEN


def test_a_version_that_had_failed_keeps_the_date_it_was_due(old, new):
    _run(old, PASSED)
    _run(new, replace(FAILED, severity=Severity.CRITICAL))
    begun = timezone.now() - timedelta(days=30)
    Finding.objects.update(opened_at=begun, due_at=begun + timedelta(days=7))
    Clock.objects.update(
        started_at=begun, due_at=begun + timedelta(days=7), sla_due_at=begun + timedelta(days=7)
    )
    _run(new, PASSED, **_on(factories.dataset(new.service)))
    assert _only().state == FindingState.RESOLVED
    again = _run(new, replace(FAILED, severity=Severity.CRITICAL))
    found = _only()
    assert found.state == FindingState.REGRESSED
    assert (found.opened_at, found.due_at) == (begun, begun + timedelta(days=7))
    running = Clock.objects.get(stopped_at=None)
    assert (running.started_at, running.due_at) == (again.finished_at, found.due_at)
    assert "had failed before" in _last().note


def test_the_same_model_under_another_label_keeps_it_too(old, new):
    _run(old, FAILED)
    due = _only().due_at
    _run(new, PASSED)
    renamed = factories.version(old.service, "2027.1")
    Version.objects.filter(pk=renamed.pk).update(artefact_sha256=old.artefact_sha256)
    _run(renamed, FAILED)
    assert (_only().state, _only().due_at) == (FindingState.REGRESSED, due)


def test_a_mended_model_is_proven_under_a_loosened_limit_by_the_limit_it_failed(old):
    _run(old, FAILED)
    Finding.objects.update(state=FindingState.ACCEPTED)
    _run(old, judge(FAILED, LOOSE, Severity.HIGH))
    assert _only().state == FindingState.ACCEPTED
    mended = replace(FAILED, value=0.01, interval=Interval(-0.02, 0.03))
    _run(old, judge(mended, LOOSE, Severity.HIGH))
    assert _only().state == FindingState.RESOLVED


def test_a_resolved_finding_does_not_close_against_a_looser_limit(old, new):
    _run(old, FAILED)
    _run(new, PASSED)
    factories.deployment(new)
    _run(new, judge(FAILED, LOOSE, Severity.HIGH))
    assert _only().state == FindingState.RESOLVED
    assert "looser limit" in _last().note
    _run(new, PASSED)
    assert _only().state == FindingState.CLOSED


def test_what_changes_nothing_is_taken_into_account_once(old, new):
    _run(new, FAILED)
    repeated = _run(old, PASSED)
    before = TimelineEntry.objects.count()
    findings_update(run=repeated)
    assert TimelineEntry.objects.count() == before

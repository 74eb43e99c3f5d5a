"""Every transition of a run is one transaction, and may be repeated without harm."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from django.db import IntegrityError

from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput
from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Outcome, Severity
from shield.records.choices import RunState
from shield.records.measurements import measurement_of, measurement_row
from shield.records.models import CheckRecord, MeasurementRecord, Run, RunLog
from shield.records.services import (
    LONGEST_LINE,
    check_record_start,
    log_add,
    run_cancel,
    run_error,
    run_fail,
    run_stop_cancelled,
)
from tests import factories
from tests.records.support import claimed, commit, finished, measured, planned, queued

pytestmark = pytest.mark.django_db
BAD = InvalidInput("table.empty", "The table has no rows.", "Give it some.")


def log_of(run_id) -> list[str]:
    return list(RunLog.objects.filter(run_id=run_id).values_list("message", flat=True))


def test_a_new_run_keeps_its_policy_its_data_and_who_asked() -> None:
    run = queued()
    assert run.state == RunState.QUEUED
    assert run.policy["rules"]
    assert len(run.policy_sha256) == 64
    assert list(run.datasets.all()) == list(run.version.datasets.all())
    assert Event.objects.get(act="run.start").actor == "alice"
    assert log_of(run.pk) == ["Requested by alice."]


def test_planning_again_keeps_the_results_that_are_there() -> None:
    lease = claimed()
    (first, _) = planned(lease)
    commit(lease, first)
    again = planned(lease)
    assert [record.pk for record in again] == [record.pk for record in planned(lease)]
    assert again[0].outcome == "pass"
    assert again[1].finished_at is None
    assert any("1 done by an earlier attempt" in line for line in log_of(lease.run_id))


def test_a_checks_result_is_committed_once_and_the_first_one_stands() -> None:
    lease = claimed()
    (first, _) = planned(lease)
    assert commit(lease, first, [measured(group="x"), measured(group="y")])
    assert not commit(lease, first, [replace(measured(group="x"), value=0.55)])
    rows = MeasurementRecord.objects.filter(check_record=first)
    assert [row.value for row in rows] == [0.5, 0.5]


def test_two_measurements_of_one_slice_cannot_be_stored() -> None:
    lease = claimed()
    (first, _) = planned(lease)
    with pytest.raises(IntegrityError):
        commit(lease, first, [measured(), measured()])


def test_beginning_a_check_counts_and_says_whether_to_cancel() -> None:
    lease = claimed()
    (first, _) = planned(lease)
    assert check_record_start(lease=lease, record=first).attempts == 1
    run_cancel(run_id=lease.run_id, actor="bob")
    begun = check_record_start(lease=lease, record=first)
    assert (begun.attempts, begun.cancel_requested) == (2, True)


def test_finishing_writes_the_verdict_and_the_event_once() -> None:
    lease = claimed()
    assert finished(lease).state == RunState.FINISHED
    assert finished(lease).state == RunState.FINISHED  # the answer to the first was lost
    assert Event.objects.filter(act="run.finish").count() == 1
    run = Run.objects.get(pk=lease.run_id)
    assert run.warnings == [{"code": "w", "message": "twice"}]
    assert (run.progress, run.lease_until) == (1.0, None)


def test_failed_is_not_errored() -> None:
    lease = claimed()
    run = run_fail(lease=lease, error=BAD)
    assert (run.state, run.error["code"]) == (RunState.FAILED, "table.empty")
    assert run_fail(lease=lease, error=BAD).finished_at == run.finished_at
    assert Event.objects.filter(act="run.fail").exists()


def test_an_errored_run_keeps_the_traceback_in_its_log() -> None:
    lease = claimed()
    run = run_error(lease=lease, error=BAD, log="Traceback: line 3")
    assert run.state == RunState.ERRORED
    assert "Traceback: line 3" in log_of(run.pk)


def test_cancelling_a_queued_run_ends_it_at_once() -> None:
    run = run_cancel(run_id=queued().pk, actor="bob")
    assert run.state == RunState.CANCELLED
    assert run.finished_at is not None
    assert Event.objects.get(act="run.cancel").actor == "bob"


def test_cancelling_a_running_run_asks_its_worker() -> None:
    lease = claimed()
    run = run_cancel(run_id=lease.run_id, actor="bob")
    assert run.state == RunState.RUNNING
    assert run_cancel(run_id=lease.run_id, actor="bob").cancel_requested_at is not None
    assert run_stop_cancelled(lease=lease).state == RunState.CANCELLED
    assert Event.objects.filter(act="run.cancel").count() == 1


def test_cancelling_what_has_ended_is_a_conflict() -> None:
    lease = claimed()
    finished(lease)
    with pytest.raises(Conflict, match="already ended"):
        run_cancel(run_id=lease.run_id, actor="bob")


def test_a_very_long_line_keeps_its_end() -> None:
    run = queued()
    log_add(run_id=run.pk, message="a" * LONGEST_LINE + "the reason")
    assert log_of(run.pk)[-1].endswith("the reason")
    assert len(log_of(run.pk)[-1]) == LONGEST_LINE


@pytest.mark.parametrize(
    "measurement",
    [
        judge(
            Measurement("a.x", 0.5, Interval(0.4, math.inf), slice={"race": "x"}, n=7, seed=1),
            Threshold(max=0.3),
            Severity.HIGH,
        ),
        judge(Measurement("a.x", 0.5, Interval(0.4, 0.6), reference={"race": "w"}), None, None),
        Measurement("a.x", None, outcome=Outcome.SKIPPED, reason="no label", seed=0),
        Measurement("a.x", 1.0, Interval(1.0, 1.0), reference="rest", null_gap=0.1, seed=2**62),
    ],
)
def test_a_measurement_survives_the_way_to_the_database_and_back(measurement) -> None:
    record = CheckRecord.objects.create(
        run=factories.run(measurements=[]),
        position=0,
        check_id="a.x",
        check_version="1",
        pillar="a",
    )
    measurement_row(measurement, record=record, position=0).save()
    row = MeasurementRecord.objects.select_related("check_record").get(check_record=record)
    assert measurement_of(row) == measurement

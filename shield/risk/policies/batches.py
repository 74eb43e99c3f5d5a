"""Some runs of the past with their stored measurements, judged by the rules before and after."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shield.evidence.measurement import Interval
from shield.records.models import CheckRecord, MeasurementRecord
from shield.risk.policies.judging import OUTCOMES, Codes, Verdicts, judge_rows, rows_of
from shield.risk.policies.scope import PastRun, Question

Places = NDArray[np.int64]
ASKED_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Batch:
    """The judged measurements of some runs, as columns of one length."""

    question: Question
    runs: Sequence[PastRun]
    run: Places  # place in `runs`
    check: Places  # place in the question's checks
    pk: Places
    old: Verdicts
    new: Verdicts

    def run_of(self, place: int) -> PastRun:
        """The run that a measurement belongs to."""
        return self.runs[int(self.run[place])]

    def check_of(self, place: int) -> str:
        """The check that a measurement belongs to."""
        return self.question.checks[int(self.check[place])]


def judge_batch(question: Question, runs: Sequence[PastRun]) -> Batch:
    """One query for the check records, one for their measurements, then arrays."""
    checks = question.checks
    place_of_run = {run.pk: place for place, run in enumerate(runs)}
    place_of_check = {check: place for place, check in enumerate(checks)}
    records = CheckRecord.objects.filter(run__in=place_of_run, check_id__in=place_of_check)
    where = {
        pk: (place_of_run[run], place_of_check[check])
        for pk, run, check in records.order_by().values_list("pk", "run_id", "check_id")
    }
    rows = MeasurementRecord.objects.filter(check_record__in=records).order_by()
    found = list(rows.values_list("pk", "check_record_id", "value", "low", "high", "outcome"))
    places = np.array([where[row[1]] for row in found], dtype=np.int64).reshape(-1, 2)
    rule = places[:, 0] * len(checks) + places[:, 1]
    columns = rows_of([row[2:] for row in found], rule)
    old, new = (
        judge_rows(
            columns, [run.rule(question, check, new=side) for run in runs for check in checks]
        )
        for side in (False, True)
    )
    pks = np.array([row[0] for row in found], dtype=np.int64)
    return Batch(question, runs, places[:, 0], places[:, 1], pks, old, new)


def identities(batch: Batch, places: Places) -> Iterator[tuple[int, tuple[int, str, str]]]:
    """(place, (service, check, slice key)) of some measurements: what a finding is known by."""
    keys = dict(_columns(batch, places, "slice_key"))
    for place in places.tolist():
        service = batch.run_of(place).service_id
        yield place, (service, batch.check_of(place), keys[int(batch.pk[place])])


def measured(
    batch: Batch, places: Places
) -> Iterator[tuple[int, tuple[int, str, str], float, Interval]]:
    """(place, identity, value, interval) of some measurements that have a value."""
    rows = {row[0]: row[1:] for row in _columns(batch, places, "slice_key", "value", "low", "high")}
    for place in places.tolist():
        key, value, low, high = rows[int(batch.pk[place])]
        interval = Interval(-math.inf if low is None else low, math.inf if high is None else high)
        yield place, (batch.run_of(place).service_id, batch.check_of(place), key), value, interval


def examples(batch: Batch, places: Places) -> list[dict[str, object]]:
    """Measurements that would have been judged otherwise, with what a page needs to link them."""
    wanted = ("slice", "value", "low", "high", "n")
    rows = {
        row[0]: dict(zip(wanted, row[1:], strict=True)) for row in _columns(batch, places, *wanted)
    }
    return [_example(batch, place, rows[int(batch.pk[place])]) for place in places.tolist()]


def _columns(batch: Batch, places: Places, *fields: str) -> Iterator[tuple[Any, ...]]:
    pks = batch.pk[places].tolist()
    for start in range(0, len(pks), ASKED_AT_ONCE):
        asked = MeasurementRecord.objects.filter(pk__in=pks[start : start + ASKED_AT_ONCE])
        yield from asked.order_by().values_list("pk", *fields)


def _example(batch: Batch, place: int, facts: Mapping[str, object]) -> dict[str, object]:
    return {
        "measurement": int(batch.pk[place]),
        **batch.run_of(place).as_json(),
        "check": batch.check_of(place),
        **facts,
        "from": _word(batch.old.outcome, place),
        "to": _word(batch.new.outcome, place),
    }


def _word(codes: Codes, place: int) -> str | None:
    return OUTCOMES[codes[place]] or None

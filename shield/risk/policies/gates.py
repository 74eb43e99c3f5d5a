"""The gate of past runs, from judged columns: the same question as `shield.evidence.gate`.

A required check that a run has no record of leaves its gate open, as in a run, unless it does not fit
the run's kind of target. Where nothing tells the kind, only checks with a record are asked. What people
decided on covers a failure by the date of its decision and by what it was decided on, as in a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from shield.evidence.measurement import Interval, Measurement
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.worsening import Accepted, is_graver, is_materially_worse
from shield.findings.acceptance import accepted
from shield.findings.choices import AcceptanceStatus, FalsePositiveStatus
from shield.findings.models import Acceptance, Decision, FalsePositive
from shield.risk.catalogue import CHECKS
from shield.risk.policies.batches import Batch, measured
from shield.risk.policies.judging import (
    DESCRIPTIVE,
    ERROR,
    FAIL,
    INCONCLUSIVE,
    PASS,
    SKIPPED,
    Verdicts,
)

Mask = NDArray[np.bool_]
Covered = Mapping[tuple[int, str, str], Accepted]
"""(service, check, slice key) → what people decided on."""
_SEVERITY = {severity.rank: severity for severity in Severity}


def gates_of(batch: Batch) -> tuple[list[str], list[str]]:
    """The gate's outcome for every run of the batch, before and after."""
    covered = _decided_on({run.service_id for run in batch.runs})
    return _gates(batch, covered, new=False), _gates(batch, covered, new=True)


def _gates(batch: Batch, covered: Covered, *, new: bool) -> list[str]:
    verdicts = batch.new if new else batch.old
    policy = batch.question.new if new else batch.question.old
    wanted = np.array([run.gate_severity(policy).rank for run in batch.runs], dtype=np.int8)
    grave = (verdicts.outcome == FAIL) & (verdicts.severity >= wanted[batch.run])
    grave &= ~_covered(batch, grave, covered, new=new)
    size = len(batch.runs)
    failed = np.bincount(batch.run[grave], minlength=size) > 0
    has_value = np.bincount(batch.run[_has_value(verdicts)], minlength=size) > 0
    undecided = _undecided(batch, verdicts, new=new)
    return [
        _outcome(bool(failed[place]), bool(undecided[place]), bool(has_value[place]))
        for place in range(size)
    ]


def _outcome(failed: bool, undecided: bool, has_value: bool) -> str:
    if not has_value:
        return Outcome.ERROR.value
    if failed:
        return Outcome.FAIL.value
    return Outcome.INCONCLUSIVE.value if undecided else Outcome.PASS.value


def _has_value(verdicts: Verdicts) -> Mask:
    return np.isin(verdicts.outcome, (DESCRIPTIVE, PASS, FAIL, INCONCLUSIVE))


def _undecided(batch: Batch, verdicts: Verdicts, *, new: bool) -> Mask:
    """Runs with a required check that has no verdict, or an open one among its parts."""
    question = batch.question
    size, width = len(batch.runs), len(question.checks)
    cell = batch.run * width + batch.check
    cells = size * width
    there = np.bincount(cell, minlength=cells) > 0
    decided = np.isin(verdicts.outcome, (PASS, FAIL))
    open_ = np.isin(verdicts.outcome, (INCONCLUSIVE, ERROR))
    some = np.bincount(cell[decided], minlength=cells) > 0
    none_open = np.bincount(cell[open_], minlength=cells) == 0
    required = np.array(
        [
            (rule := run.rule(question, check, new=new)) is not None and rule.required
            for run in batch.runs
            for check in question.checks
        ],
        dtype=bool,
    )
    asked = required & (there | _missed(batch, verdicts))
    return (asked & ~(some & none_open)).reshape(size, width).any(axis=1)


def _missed(batch: Batch, verdicts: Verdicts) -> Mask:
    """Cells (run, check) of checks that fit the run's kind of target, which must be known for it."""
    checks = batch.question.checks
    seen = np.zeros((len(batch.runs), len(checks)), dtype=bool)
    held = verdicts.outcome != SKIPPED
    seen[batch.run[held], batch.check[held]] = True
    fits: dict[frozenset[str], list[bool]] = {}
    rows = []
    for run, row in zip(batch.runs, seen, strict=True):
        found = [] if run.pushed else [checks[place] for place in np.flatnonzero(row)]
        favourable = None if run.pushed else run.favourable
        tasks = CHECKS.tasks_of(favourable=favourable, measured=found)
        if tasks not in fits:
            fits[tasks] = [bool(tasks and CHECKS.fits(check, tasks)) for check in checks]
        rows.append(fits[tasks])
    return np.array(rows, dtype=bool).reshape(-1)


def _decided_on(services: Iterable[int]) -> Covered:
    """What acceptances in force and confirmed false positives of these services cover; two queries."""
    keys = set(services)
    related = ("finding", "measurement__check_record")
    rows: list[Decision] = [
        *FalsePositive.objects.filter(
            finding__service__in=keys, status=FalsePositiveStatus.CONFIRMED
        ).select_related(*related),
        *Acceptance.objects.filter(
            finding__service__in=keys,
            status=AcceptanceStatus.ACTIVE,
            expires_at__gt=timezone.now(),
        ).select_related(*related),
    ]
    return {
        (row.finding.service_id, row.finding.check_id, row.finding.slice_key): accepted(row)
        for row in rows
    }


def _covered(batch: Batch, grave: Mask, decided: Covered, *, new: bool) -> Mask:
    """Which of these failures are neither graver nor materially worse than what was decided on."""
    covered = np.zeros(batch.pk.size, dtype=bool)
    holders = {(service, check) for service, check, _ in decided}
    asked = [
        place
        for place in np.flatnonzero(grave).tolist()
        if (batch.run_of(place).service_id, batch.check_of(place)) in holders
    ]
    severity = (batch.new if new else batch.old).severity
    for place, identity, value, interval in measured(batch, np.array(asked, dtype=np.int64)):
        known = decided.get(identity)
        if known is None or is_graver(known, _SEVERITY[int(severity[place])]):
            continue
        covered[place] = not _worse(batch, place, known, value, interval, new=new)
    return covered


def _worse(
    batch: Batch, place: int, known: Accepted, value: float, interval: Interval, *, new: bool
) -> bool:
    check = batch.check_of(place)
    rule = batch.run_of(place).rule(batch.question, check, new=new)
    limit = rule.threshold if rule else None
    return is_materially_worse(known, Measurement(check, value, interval, threshold=limit))

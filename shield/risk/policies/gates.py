"""The gate of past runs, from judged columns: the same question as `shield.evidence.gate`.

A required check counts when the run has a record of it. One that was left out, because it does not fit
the task or nobody asked for it, is left out before and after alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shield.evidence.outcome import Outcome
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.risk.policies.batches import Batch, Places, identities
from shield.risk.policies.judging import DESCRIPTIVE, ERROR, FAIL, INCONCLUSIVE, PASS, Verdicts

Mask = NDArray[np.bool_]


def gates_of(batch: Batch, *, new: bool) -> list[str]:
    """The gate's outcome for every run of the batch, before or after."""
    verdicts = batch.new if new else batch.old
    policy = batch.question.new if new else batch.question.old
    wanted = np.array([run.gate_severity(policy).rank for run in batch.runs], dtype=np.int8)
    grave = (verdicts.outcome == FAIL) & (verdicts.severity >= wanted[batch.run])
    grave &= ~_accepted(batch, np.flatnonzero(grave))
    size = len(batch.runs)
    failed = np.bincount(batch.run[grave], minlength=size) > 0
    measured = np.bincount(batch.run[_has_value(verdicts)], minlength=size) > 0
    undecided = _undecided(batch, verdicts, new=new)
    return [
        _outcome(bool(failed[place]), bool(undecided[place]), bool(measured[place]))
        for place in range(size)
    ]


def _outcome(failed: bool, undecided: bool, measured: bool) -> str:
    if not measured:
        return Outcome.ERROR.value
    if failed:
        return Outcome.FAIL.value
    return Outcome.INCONCLUSIVE.value if undecided else Outcome.PASS.value


def _has_value(verdicts: Verdicts) -> Mask:
    return np.isin(verdicts.outcome, (DESCRIPTIVE, PASS, FAIL, INCONCLUSIVE))


def _undecided(batch: Batch, verdicts: Verdicts, *, new: bool) -> Mask:
    """Runs with a required check that is there and has no verdict, or an open one among its parts."""
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
    return (required & there & ~(some & none_open)).reshape(size, width).any(axis=1)


def _accepted(batch: Batch, places: Places) -> Mask:
    """Which of these failures an accepted finding of their service covers."""
    covered = np.zeros(batch.pk.size, dtype=bool)
    accepted = Finding.objects.filter(
        service__in={run.service_id for run in batch.runs}, state=FindingState.ACCEPTED
    )
    known = set(accepted.values_list("service_id", "check_id", "slice_key"))
    holders = {service for service, _, _ in known}
    asked = [place for place in places.tolist() if batch.run_of(place).service_id in holders]
    for place, identity in identities(batch, np.array(asked, dtype=np.int64)):
        covered[place] = identity in known
    return covered

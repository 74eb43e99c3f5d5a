"""What a proposed policy would have said of the past: stored measurements, judged again.

Runs are taken newest first, a batch at a time; each batch is one query of its measurements and a few
operations on arrays. The work ends after `LONGEST_S`: the report says how many runs it covered and how
many it left out, so that it never claims more than it looked at.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from shield.risk.policies.batches import Batch, examples, judge_batch
from shield.risk.policies.gates import gates_of
from shield.risk.policies.judging import OUTCOMES, SKIPPED
from shield.risk.policies.opened import opened_by
from shield.risk.policies.scope import PastRun, Question, past_runs, unseen

LONGEST_S: Final = 600.0
RUNS_A_BATCH: Final = 100
MOST_EXAMPLES: Final = 200

Progress = Callable[[float], None]


@dataclass(slots=True)
class Report:
    """What was looked at, and what would have been otherwise; `as_json` is kept with the proposal."""

    days: int
    at: datetime
    base: str
    runs: int = 0
    runs_left_out: int = 0
    services: int = 0
    measurements: int = 0
    since: datetime | None = None
    measured: Counter[str] = field(default_factory=Counter)
    changes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: list[dict[str, object]] = field(default_factory=list)
    gates: list[dict[str, object]] = field(default_factory=list)
    gate_changes: int = 0
    opened: int = 0
    opening: list[dict[str, object]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    duration_s: float = 0.0

    def as_json(self) -> dict[str, object]:
        """The form in which it is kept: numbers first, then examples."""
        changes = [
            {"check": check, "from": old or None, "to": new or None, "count": count}
            for (check, old, new), count in sorted(self.changes.items())
        ]
        return {
            "at": self.at.isoformat(),
            "days": self.days,
            "base": self.base,
            "services": self.services,
            "runs": self.runs,
            "runs_left_out": self.runs_left_out,
            "measurements": self.measurements,
            "since": self.since.isoformat() if self.since else None,
            "outcomes": {"total": self.changes.total(), "by": changes, "examples": self.examples},
            "gates": {"total": self.gate_changes, "examples": self.gates},
            "opens": {"total": self.opened, "examples": self.opening},
            "unseen": self.unseen,
            "duration_s": round(self.duration_s, 2),
        }


def backtest(
    question: Question,
    *,
    days: int,
    now: datetime,
    progress: Progress = lambda share: None,
    longest_s: float = LONGEST_S,
) -> Report:
    """Judge the past again; `progress` is told the share that is done, 0 … 1."""
    began = time.monotonic()
    runs = past_runs(question, days=days, now=now)
    report = Report(days=days, at=now, base=question.old.version)
    for batch in _batches(runs):
        if time.monotonic() - began > longest_s:
            report.runs_left_out = len(runs) - report.runs
            break
        judged = judge_batch(question, batch)
        _count(report, judged)
        _count_gates(report, judged)
        report.runs += len(batch)
        progress(report.runs / len(runs))
    covered = runs[: report.runs]
    report.services = len({run.service_id for run in covered})
    report.since = covered[-1].finished_at if covered else None
    report.unseen = unseen(question.changed, report.measured)
    report.duration_s = time.monotonic() - began
    return report


def _batches(runs: Sequence[PastRun]) -> Iterator[Sequence[PastRun]]:
    for start in range(0, len(runs), RUNS_A_BATCH):
        yield runs[start : start + RUNS_A_BATCH]


def _count(report: Report, batch: Batch) -> None:
    question, checks = batch.question, batch.question.checks
    measured = batch.old.outcome != SKIPPED
    for check in question.changed:
        place = checks.index(check)
        report.measured[check] += int(np.sum((batch.check == place) & measured))
    report.measurements += int(batch.pk.size)
    differs = np.flatnonzero(batch.old.outcome != batch.new.outcome)
    sides = (batch.check[differs], batch.old.outcome[differs], batch.new.outcome[differs])
    kinds, counts = np.unique(np.stack(sides).astype(np.int64), axis=1, return_counts=True)
    for (check_place, old, new), count in zip(kinds.T.tolist(), counts.tolist(), strict=True):
        report.changes[(checks[check_place], OUTCOMES[old], OUTCOMES[new])] += count
    report.examples += examples(batch, differs[: MOST_EXAMPLES - len(report.examples)])
    opened = opened_by(batch, differs)
    report.opened += opened.size
    report.opening += examples(batch, opened[: MOST_EXAMPLES - len(report.opening)])


def _count_gates(report: Report, batch: Batch) -> None:
    before, after = gates_of(batch)
    for run, old, new in zip(batch.runs, before, after, strict=True):
        if old == new:
            continue
        report.gate_changes += 1
        if len(report.gates) < MOST_EXAMPLES:
            report.gates.append({**run.as_json(), "from": old, "to": new})

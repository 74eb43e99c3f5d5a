"""Judging many stored measurements at once: `shield.evidence.judgement` on arrays.

The same verdicts as `judge` gives one by one (a property test holds both together); five million rows
take seconds instead of minutes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.policy import Rule

OUTCOMES: Final[tuple[str, ...]] = (
    "", Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.ERROR, Outcome.SKIPPED,
)  # fmt: skip
"""Code → outcome; "" is descriptive (a value without a limit)."""
CODE: Final = {outcome: code for code, outcome in enumerate(OUTCOMES)}
DESCRIPTIVE, PASS, FAIL, INCONCLUSIVE, ERROR, SKIPPED = range(6)

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Rows:
    """Stored measurements as columns; all have the same length.

    `low` and `high` are the interval, an open end infinite; `measured` says whether there is a value;
    `stored` is the code of the outcome that an unmeasured one keeps; `rule` is the place of the row's
    rule in the list that `judge_rows` gets.
    """

    low: Floats
    high: Floats
    measured: NDArray[np.bool_]
    stored: Codes
    rule: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Outcome codes, and the rank of the severity that each failure has (−1: no failure)."""

    outcome: Codes
    severity: Codes


def judge_rows(rows: Rows, rules: Sequence[Rule | None]) -> Verdicts:
    """The verdict of every row by its rule; None is no limit."""
    table = _Table.of(rules)
    low_limit, high_limit = table.low[rows.rule], table.high[rows.rule]
    passes = (rows.low >= low_limit) & (rows.high <= high_limit)
    fails = (rows.high < low_limit) | (rows.low > high_limit)
    outcome = np.where(passes, PASS, np.where(fails, FAIL, INCONCLUSIVE)).astype(np.int8)
    limited = table.limited[rows.rule]
    outcome[~limited] = DESCRIPTIVE
    kept = rows.stored.copy()
    kept[(kept == INCONCLUSIVE) & ~limited] = SKIPPED
    outcome = np.where(rows.measured, outcome, kept).astype(np.int8)
    failed = outcome == FAIL
    grave = (rows.high < table.grave_low[rows.rule]) | (rows.low > table.grave_high[rows.rule])
    severity = np.where(grave, table.grave_severity[rows.rule], table.severity[rows.rule])
    return Verdicts(outcome, np.where(failed, severity, -1).astype(np.int8))


@dataclass(frozen=True, slots=True)
class _Table:
    """Rules as columns; a side without a limit is infinite, so that everything is within it."""

    limited: NDArray[np.bool_]
    low: Floats
    high: Floats
    grave_low: Floats
    grave_high: Floats
    severity: Codes
    grave_severity: Codes

    @classmethod
    def of(cls, rules: Sequence[Rule | None]) -> _Table:
        limits = [_ends(rule.threshold if rule else None) for rule in rules]
        grave = [_ends(rule.grave if rule else None) for rule in rules]
        lesser = [(rule.severity if rule else Severity.INFO).rank for rule in rules]
        graver = [(rule.grave_severity if rule else Severity.INFO).rank for rule in rules]
        return cls(
            limited=np.array([rule is not None for rule in rules], dtype=bool),
            low=np.array([low for low, _ in limits]),
            high=np.array([high for _, high in limits]),
            grave_low=np.array([low for low, _ in grave]),
            grave_high=np.array([high for _, high in grave]),
            severity=np.array(lesser, dtype=np.int8),
            grave_severity=np.array(graver, dtype=np.int8),
        )


def _ends(threshold: Threshold | None) -> tuple[float, float]:
    low = threshold.min if threshold else None
    high = threshold.max if threshold else None
    return (-math.inf if low is None else low, math.inf if high is None else high)


def rows_of(
    values: Sequence[tuple[float | None, float | None, float | None, str | None]],
    rule: Sequence[int] | NDArray[np.int64],
) -> Rows:
    """Columns from (value, low, high, outcome) as the database gives them: null ends are infinite."""
    size = len(values)
    value, low, high, outcome = zip(*values, strict=True) if size else ((), (), (), ())
    lows = np.array(low, dtype=np.float64)
    highs = np.array(high, dtype=np.float64)
    lows[np.isnan(lows)] = -np.inf
    highs[np.isnan(highs)] = np.inf
    return Rows(
        low=lows,
        high=highs,
        measured=~np.isnan(np.array(value, dtype=np.float64)),
        stored=np.array([CODE[each or ""] for each in outcome], dtype=np.int8),
        rule=np.array(rule, dtype=np.int64),
    )

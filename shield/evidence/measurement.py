"""A measurement: one number with everything that is needed to judge it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shield.evidence.outcome import Outcome, Severity

Slice = Mapping[str, str]

ALL_GROUPS = "*"
"""The slice value that stands for "all groups of this column": {"race": "*"}."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval [low, high]; either end may be infinite, never NaN."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if math.isnan(self.low) or math.isnan(self.high):
            raise ValueError("an interval end is NaN; report the measurement as unmeasured instead")
        if self.low > self.high:
            raise ValueError(f"interval ends are reversed: [{self.low}, {self.high}]")


@dataclass(frozen=True, slots=True)
class Threshold:
    """The good side of a number: `min` ≤ value ≤ `max`; either may be absent, not both."""

    min: float | None = None
    max: float | None = None

    def __post_init__(self) -> None:
        if self.min is None and self.max is None:
            raise ValueError("a threshold needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"threshold min {self.min} is above max {self.max}")

    def contains(self, value: float) -> bool:
        """True when `value` lies on the good side (the limit itself is good)."""
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

    def excludes(self, interval: Interval) -> bool:
        """True when the whole interval lies beyond one limit: not a single value in it is good."""
        below = self.min is not None and interval.high < self.min
        above = self.max is not None and interval.low > self.max
        return below or above

    def as_json(self) -> dict[str, float]:
        """Only the limits that are set."""
        return {
            key: limit for key, limit in (("min", self.min), ("max", self.max)) if limit is not None
        }


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value on one slice, with interval, sample size, definition and provenance.

    `value` is None when it could not be measured; then `reason` says why and `outcome` is
    `error`, `skipped` or `inconclusive`. `slice` maps column → group ({} is everybody, "*" all
    groups of the column). `statement` says in plain words what was measured, without a verdict;
    `sentence` adds the verdict once the measurement has been judged. `detail` carries what a chart
    or a table needs beside the number (JSON values only, e.g. {"rate": 0.675, "selected": 133}).
    """

    check: str
    value: float | None
    interval: Interval | None = None
    slice: Slice = field(default_factory=dict)
    confidence: float = 0.95
    simultaneous: bool = False
    n: int = 0
    unit: str = "ratio"
    reference: Slice | str | None = None
    null_gap: float | None = None
    method: str = ""
    seed: int | None = None
    statement: str = ""
    reason: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    threshold: Threshold | None = None
    outcome: Outcome | None = None
    n_to_decide: int | None = None
    severity: Severity | None = None
    sentence: str = ""


def unmeasured(check: str, reason: str, *, outcome: Outcome, **known: object) -> Measurement:
    """A measurement that has no value, only a reason; `outcome` is error, skipped or inconclusive."""
    if outcome in (Outcome.PASS, Outcome.FAIL):
        raise ValueError("an unmeasured value can neither pass nor fail")
    blank = Measurement(check=check, value=None, reason=reason, outcome=outcome)
    return replace(blank, **known)  # type: ignore[arg-type]

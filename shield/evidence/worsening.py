"""When a value that was accepted has become materially worse: more than sampling noise can explain.

An acceptance covers what was measured when it was decided. A later run measures the same truth again
with other noise, so "the number is larger" is no reason to open the finding again; and a truth that
has moved must not hide behind the acceptance.
"""

from __future__ import annotations

from dataclasses import dataclass

from shield.evidence.difference import difference
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Severity


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an acceptance records of the measurement: value, interval and the severity it had."""

    value: float
    interval: Interval | None
    severity: Severity


def is_materially_worse(accepted: Accepted, now: Measurement) -> bool:
    """True when `now` lies further on the bad side than noise explains.

    The bad side is the one on which `now` fails its threshold. With d = now - accepted and its 95 %
    interval (square-and-add, `difference`), worse means: the whole interval lies on the bad side of
    zero. That is stricter than "the value lies outside the accepted interval", and implies it: the
    difference carries the noise of both measurements, the accepted interval only that of one. Two
    independent measurements of one truth are called worse in about 2.5 % of comparisons; "outside
    the accepted interval" alone would do so in about 8 %. Six later runs on fresh data, all of one
    truth, end an acceptance in about 11 % (they share the accepted measurement). Simultaneous intervals are wider, so that
    both the false alarms and the power are smaller; runs on the same rows are compared too carefully.

    A value that has crossed to the other side of a two-sided limit is another failure than the one
    accepted, and counts as worse. Without an interval, or where what was accepted had no end on the
    bad side, nothing can be called worse.
    """
    value, limits = now.value, now.threshold
    if value is None or limits is None or limits.contains(value):
        return False
    upwards = limits.max is not None and value > limits.max
    if _failed_on_other_side(accepted.value, limits, upwards=upwards):
        return True
    found = difference(accepted.value, accepted.interval, value, now.interval).interval
    if found is None:
        return False
    return found.low > 0 if upwards else found.high < 0


def is_graver(accepted: Accepted, severity: Severity) -> bool:
    """True when the policy calls the failure graver than what was accepted."""
    return severity.rank > accepted.severity.rank


def _failed_on_other_side(value: float, limits: Threshold, *, upwards: bool) -> bool:
    if upwards:
        return limits.min is not None and value < limits.min
    return limits.max is not None and value > limits.max

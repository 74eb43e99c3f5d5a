"""The second half of a measurement's sentence: why this verdict."""

from __future__ import annotations

from shield.evidence.measurement import Measurement, Threshold
from shield.evidence.outcome import Outcome


def number(value: float) -> str:
    """A number for a sentence: at most three decimals or three significant digits, no exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) >= 0.1 else f"{value:.3g}"


def limit_text(threshold: Threshold) -> str:
    """ "at least 0.800", "at most 0.100" or "between … and …"."""
    if threshold.min is not None and threshold.max is not None:
        return f"between {number(threshold.min)} and {number(threshold.max)}"
    if threshold.min is not None:
        return f"at least {number(threshold.min)}"
    assert threshold.max is not None  # Threshold refuses to be empty
    return f"at most {number(threshold.max)}"


def verdict_sentence(measurement: Measurement) -> str:
    """Why the outcome is what it is, in one plain sentence; "" for a descriptive measurement."""
    if measurement.value is None:
        return f"Not measured: {measurement.reason}." if measurement.reason else "Not measured."
    threshold, interval = measurement.threshold, measurement.interval
    if threshold is None or interval is None:
        return ""
    level = f"{measurement.confidence:.0%}"
    span = f"{number(interval.low)} to {number(interval.high)}"
    limit = limit_text(threshold)
    if measurement.outcome is Outcome.PASS:
        return f"Pass: the whole {level} interval, {span}, is {limit}."
    if measurement.outcome is Outcome.FAIL:
        return f"Fail: required is {limit}, and the whole {level} interval, {span}, lies outside."
    more = (
        f" About n = {measurement.n_to_decide:,} would decide if the value stayed the same."
        if measurement.n_to_decide
        else ""
    )
    return f"Inconclusive: required is {limit}, and the {level} interval, {span}, spans the limit.{more}"

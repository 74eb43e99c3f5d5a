"""The second half of a measurement's sentence: why this verdict."""

from __future__ import annotations

import math

from shield.evidence.measurement import Measurement, Threshold
from shield.evidence.outcome import Outcome


def number(value: float, *, digits: int = 3) -> str:
    """A number for a sentence: `digits` decimals, or significant digits below 0.1; no exponent."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 0.1:
        return f"{value:.{digits}f}"
    leading = -math.floor(math.log10(abs(value))) - 1  # zeros after the decimal point
    return f"{value:.{leading + digits}f}".rstrip("0")


def distinct_number(value: float, *limits: float | None) -> str:
    """`value` with as many digits as it takes to tell it from each limit that it does not equal.

    "0.79998" and not "0.800" beside a limit of 0.8, so that the sentence does not contradict itself.
    """
    others = [limit for limit in limits if limit is not None and limit != value]
    for digits in range(3, 16):
        text = number(value, digits=digits)
        if all(text != number(limit, digits=digits) for limit in others):
            return text
    return repr(value)


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
    low, high = (
        distinct_number(end, threshold.min, threshold.max) for end in (interval.low, interval.high)
    )
    span = f"{low} to {high}"
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

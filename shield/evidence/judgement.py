"""The only place where a number becomes a verdict."""

from __future__ import annotations

import math
from dataclasses import replace

from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.sentence import verdict_sentence


def judge(
    measurement: Measurement, threshold: Threshold | None, severity: Severity | None
) -> Measurement:
    """Turn a number into a verdict.

    Whole interval on the good side → pass; whole interval on the bad side → fail; otherwise
    inconclusive, with the n that would decide. No threshold → descriptive (outcome None). A value
    that already carries an outcome because it was not measured keeps it.
    """
    if measurement.value is None:
        return replace(measurement, threshold=threshold, sentence=_join(measurement))
    if threshold is None:
        return replace(measurement, threshold=None, outcome=None, sentence=_join(measurement))
    if measurement.interval is None:
        raise ValueError(f"{measurement.check}: a value without interval cannot be judged")
    outcome = _side(measurement.interval, threshold)
    judged = replace(
        measurement,
        threshold=threshold,
        outcome=outcome,
        severity=severity,
        n_to_decide=sample_size_to_decide(measurement, threshold)
        if outcome is Outcome.INCONCLUSIVE
        else None,
    )
    return replace(judged, sentence=_join(judged))


def _side(interval: Interval, threshold: Threshold) -> Outcome:
    if threshold.contains(interval.low) and threshold.contains(interval.high):
        return Outcome.PASS
    below = threshold.min is not None and interval.high < threshold.min
    above = threshold.max is not None and interval.low > threshold.max
    return Outcome.FAIL if below or above else Outcome.INCONCLUSIVE


def sample_size_to_decide(measurement: Measurement, threshold: Threshold) -> int | None:
    """The n at which the interval would no longer span the limit, if the value stayed as it is.

    Interval half-widths shrink with 1/√n, so with `w` the distance from the value to the interval's
    end beyond the limit and `d` the distance from the value to that limit, n·(w/d)² rows decide.
    The largest over the limits spanned; None when the value lies on a limit (no n decides) or n is 0.
    """
    value, interval = measurement.value, measurement.interval
    if value is None or interval is None or measurement.n <= 0:
        return None
    needed = 0.0
    for limit in (threshold.min, threshold.max):
        if limit is None or not interval.low <= limit <= interval.high:
            continue
        distance = abs(value - limit)
        reach = value - interval.low if limit <= value else interval.high - value
        if distance == 0.0 or math.isinf(reach):
            return None
        needed = max(needed, measurement.n * (reach / distance) ** 2)
    # A bound on the answer: beyond ten billion rows the honest answer is "no sample decides this".
    return math.ceil(needed) if 0 < needed < 1e10 else None


def _join(measurement: Measurement) -> str:
    verdict = verdict_sentence(measurement)
    return " ".join(part for part in (measurement.statement, verdict) if part)

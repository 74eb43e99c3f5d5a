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
    that already carries an outcome because it was not measured keeps it; but without a threshold
    there is no question that it could leave open, so "inconclusive" becomes "skipped".
    """
    if measurement.value is None:
        outcome = measurement.outcome
        if threshold is None and outcome is Outcome.INCONCLUSIVE:
            outcome = Outcome.SKIPPED
        unmeasured = replace(measurement, threshold=threshold, outcome=outcome)
        return replace(unmeasured, sentence=_join(unmeasured))
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
    return Outcome.FAIL if threshold.excludes(interval) else Outcome.INCONCLUSIVE


def sample_size_to_decide(measurement: Measurement, threshold: Threshold) -> int | None:
    """About the n at which the interval would no longer span a limit, if the value stayed as it is.

    Half-widths shrink with 1/√n, so with `w` the distance from the value to the interval's end
    beyond the limit and `d` the distance from the value to that limit, n·(w/d)² rows decide when all
    groups grow in proportion; the largest over the limits spanned. Against the exact answer (counts
    scaled up until the intervals of `rate_ratio_to_best` and `rate_difference_to_rest` decide; 2 to
    20 groups of about 30 to 500) the median of formula ÷ exact is 0.9 to 1.6; eight in ten lie
    between 0.5 and 3.3, and between 0.6 and 1.5 from 100 rows on.

    None when the value lies on a limit, when the interval has no end there, and beyond 10¹⁰ rows:
    no sample decides this.
    """
    value, interval = measurement.value, measurement.interval
    if value is None or interval is None or measurement.n <= 0:
        return None
    factor = 0.0
    for limit in (threshold.min, threshold.max):
        if limit is None or not interval.low <= limit <= interval.high:
            continue
        factor = max(factor, _shrinkage(value, interval, limit, measurement.unit))
    needed = measurement.n * factor * factor  # not **2, which raises where this becomes infinite
    return max(math.ceil(needed), measurement.n + 1) if 0 < needed < 1e10 else None


def _shrinkage(value: float, interval: Interval, limit: float, unit: str) -> float:
    """How many times narrower the interval must become to end at the limit; infinite if it cannot.

    The upper limits of a ratio are symmetric on the logarithmic scale, its lower ones nearly on the
    plain scale. An end at −1, 0 or 1 may be the edge of the possible values, which hides how far
    the uncertainty reaches; then the other side speaks where it reaches further.
    """
    upwards = limit > value
    end = interval.high if upwards else interval.low
    reach, opposite = interval.high - value, value - interval.low
    if not upwards:
        reach, opposite = opposite, reach
    distance = abs(limit - value)
    if unit == "ratio" and upwards and value > 0:
        middle = math.log(value)
        distance = math.log(limit) - middle
        reach = math.log(interval.high) - middle
        opposite = middle - math.log(interval.low) if interval.low > 0 else 0.0
    if end in (-1.0, 0.0, 1.0):
        reach = max(reach, opposite)
    return reach / distance if distance > 0 else math.inf


def _join(measurement: Measurement) -> str:
    verdict = verdict_sentence(measurement)
    return " ".join(part for part in (measurement.statement, verdict) if part)

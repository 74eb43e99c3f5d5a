"""Between the measurement as a value and the measurement as a row."""

from __future__ import annotations

import math

from shield.evidence.canonical import digest
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Outcome, Severity
from shield.records.models import CheckRecord, MeasurementRecord


def slice_key(measurement: Measurement) -> str:
    """SHA-256 of the canonical slice: what makes a measurement unique within its check."""
    return digest(dict(measurement.slice))


def measurement_row(
    measurement: Measurement, *, record: CheckRecord, position: int
) -> MeasurementRecord:
    """The row (not saved) of one judged measurement; infinite interval ends become null."""
    threshold, interval = measurement.threshold, measurement.interval
    reference = measurement.reference
    return MeasurementRecord(
        check_record=record,
        position=position,
        slice=dict(measurement.slice),
        slice_key=slice_key(measurement),
        value=_number(measurement.value),
        low=_number(interval.low) if interval else None,
        high=_number(interval.high) if interval else None,
        confidence=float(measurement.confidence),
        simultaneous=bool(measurement.simultaneous),
        n=int(measurement.n),
        unit=measurement.unit[:40],
        reference=reference if reference is None or isinstance(reference, str) else dict(reference),
        null_gap=_number(measurement.null_gap),
        threshold_min=threshold.min if threshold else None,
        threshold_max=threshold.max if threshold else None,
        outcome=measurement.outcome.value if measurement.outcome else None,
        n_to_decide=measurement.n_to_decide,
        severity=measurement.severity.value if measurement.severity else None,
        sentence=measurement.sentence,
        reason=measurement.reason,
        method=measurement.method[:300],
        seed=measurement.seed,
        detail=dict(measurement.detail),
    )


def measurement_of(row: MeasurementRecord) -> Measurement:
    """The value again; a null interval end of a measured value is infinite."""
    return Measurement(
        check=row.check_record.check_id,
        value=row.value,
        interval=_interval(row),
        slice=row.slice,
        confidence=row.confidence,
        simultaneous=row.simultaneous,
        n=row.n,
        unit=row.unit,
        reference=row.reference,
        null_gap=row.null_gap,
        method=row.method,
        seed=row.seed,
        reason=row.reason,
        detail=row.detail,
        threshold=_threshold(row),
        outcome=Outcome(row.outcome) if row.outcome else None,
        n_to_decide=row.n_to_decide,
        severity=Severity(row.severity) if row.severity else None,
        sentence=row.sentence,
    )


def _interval(row: MeasurementRecord) -> Interval | None:
    if row.value is None or (row.low is None and row.high is None):
        return None
    return Interval(
        -math.inf if row.low is None else row.low, math.inf if row.high is None else row.high
    )


def _threshold(row: MeasurementRecord) -> Threshold | None:
    if row.threshold_min is None and row.threshold_max is None:
        return None
    return Threshold(row.threshold_min, row.threshold_max)


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None

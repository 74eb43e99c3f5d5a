"""A finding as a row of a file, and what every file says of a measured value."""

from __future__ import annotations

from typing import Final, TypeVar

from django.db.models import Model, QuerySet

from shield.findings.clocks import sla_state
from shield.findings.models import Finding
from shield.findings.wording import slice_text
from shield.records.models import MeasurementRecord
from shield.records.selectors import DOCUMENTS

Row = TypeVar("Row", bound=Model)

COLUMNS = (
    "id", "title", "unit", "service", "tier", "pillar", "check", "slice", "severity",
    "policy_severity", "state", "pending", "owner", "value", "low", "high", "n", "opened_at",
    "due_at", "sla_due_at", "sla", "resolved_at", "accepted_until", "regressions", "fingerprint",
    "threshold_min", "threshold_max", "confidence", "simultaneous", "measured_in", "compared_with",
    "method", "run", "measured_at",
)  # fmt: skip
_RUN: Final = "measurement__check_record__run"


def with_measurement(rows: QuerySet[Row]) -> QuerySet[Row]:
    """The rows with what `yardstick` reads of each, and no document that hangs on it."""
    documents = [f"{_RUN}__{name}" for name in DOCUMENTS]
    unused = [f"measurement__{name}" for name in ("detail", "slice", "sentence", "reason")]
    return rows.select_related(_RUN).defer(*documents, *unused)


def yardstick(item: MeasurementRecord) -> dict[str, object]:
    """What a value is to be read with: its limits, its certainty, what it stands against, its run."""
    run, against = item.check_record.run, item.reference
    return {
        "threshold_min": item.threshold_min,
        "threshold_max": item.threshold_max,
        "confidence": item.confidence,
        "simultaneous": item.simultaneous,
        "measured_in": item.unit,
        "compared_with": slice_text(against) if isinstance(against, dict) else against,
        "method": item.method,
        "run": str(run.pk),
        "measured_at": run.measured_at.isoformat() if run.measured_at else None,
    }


def export_row(item: Finding) -> dict[str, object]:
    """Every column of `COLUMNS`; the row brings service with unit and assignee, and its measurement."""
    measured = item.measurement
    return {
        "id": item.label,
        "title": item.title,
        "unit": item.service.unit.slug,
        "service": item.service.slug,
        "tier": item.service.tier,
        "pillar": item.pillar,
        "check": item.check_id,
        "slice": slice_text(item.slice),
        "severity": item.severity,
        "policy_severity": item.policy_severity,
        "state": item.state,
        "pending": item.pending or None,
        "owner": item.assignee.get_username() if item.assignee else None,
        "value": measured.value,
        "low": measured.low,
        "high": measured.high,
        "n": measured.n,
        "opened_at": item.opened_at.isoformat(),
        "due_at": item.due_at.isoformat(),
        "sla_due_at": (item.sla_due_at or item.due_at).isoformat(),
        "sla": sla_state(item).value,
        "resolved_at": item.resolved_at.isoformat() if item.resolved_at else None,
        "accepted_until": item.accepted_until.isoformat() if item.accepted_until else None,
        "regressions": item.regressions,
        "fingerprint": item.fingerprint,
        **yardstick(measured),
    }

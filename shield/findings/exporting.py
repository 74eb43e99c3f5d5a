"""A finding as a row of a file."""

from __future__ import annotations

from shield.findings.clocks import sla_state
from shield.findings.models import Finding
from shield.findings.wording import slice_text

COLUMNS = (
    "id", "title", "unit", "service", "tier", "pillar", "check", "slice", "severity",
    "policy_severity", "state", "pending", "owner", "value", "low", "high", "n", "opened_at",
    "due_at", "sla_due_at", "sla", "resolved_at", "accepted_until", "regressions", "fingerprint",
)  # fmt: skip


def export_row(item: Finding) -> dict[str, object]:
    """Every column of `COLUMNS`; the row brings service with unit, assignee and measurement."""
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
    }

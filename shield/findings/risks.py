"""Which failures of a run a decision of two people covers at this very moment: what the gate asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from django.utils import timezone

from shield.evidence.gate import AcceptedRisk, FalsePositive
from shield.findings.acceptance import worsening
from shield.findings.choices import AcceptanceStatus, FalsePositiveStatus
from shield.findings.models import Acceptance
from shield.findings.models import FalsePositive as Claim
from shield.records.models import MeasurementRecord
from shield.registry.models import Service


def accepted_risks(
    *, service: Service, failed: Mapping[str, MeasurementRecord], at: datetime | None = None
) -> dict[str, AcceptedRisk]:
    """By fingerprint, the failures that an acceptance covers: active, its date not yet come, and what
    was measured now neither materially worse nor graver than what was accepted.

    The date is compared with the clock, so that an acceptance whose end was not yet written covers
    nothing. One query, whatever the number of failures.
    """
    at = at or timezone.now()
    rows = Acceptance.objects.filter(
        finding__service=service, status=AcceptanceStatus.ACTIVE, expires_at__gt=at
    ).select_related("finding", "decider", "measurement__check_record")
    return {
        row.finding.fingerprint: risk_of(row)
        for row in rows
        if (item := failed.get(row.finding.fingerprint)) is not None
        and worsening(row, item) is None
    }


def false_positives(
    *, service: Service, failed: Mapping[str, MeasurementRecord]
) -> dict[str, FalsePositive]:
    """By fingerprint, the failures that two people called none, as far as what was measured now is
    neither materially worse nor graver than what they looked at. One query."""
    rows = Claim.objects.filter(
        finding__service=service, status=FalsePositiveStatus.CONFIRMED
    ).select_related("finding", "decider", "measurement__check_record")
    return {
        row.finding.fingerprint: _false_positive(row)
        for row in rows
        if (item := failed.get(row.finding.fingerprint)) is not None
        and worsening(row, item) is None
    }


def _false_positive(row: Claim) -> FalsePositive:
    assert row.decider is not None and row.decided_at is not None
    return FalsePositive(
        finding=row.finding.label,
        fingerprint=row.finding.fingerprint,
        confirmed_at=row.decided_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        confirmed_by=row.decider.get_username(),
        reason=f"{row.get_category_display()}: {row.reason}",
    )


def risk_of(row: Acceptance) -> AcceptedRisk:
    """What a reader of a result must know of an acceptance."""
    assert row.decider is not None  # an active acceptance was decided by somebody
    return AcceptedRisk(
        finding=row.finding.label,
        fingerprint=row.finding.fingerprint,
        expires_at=row.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        approver=row.decider.get_username(),
        reason=f"{row.get_category_display()}: {row.reason}",
    )

"""The decisions that stand on the findings of a service while a run is taken into account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shield.findings.choices import AcceptanceStatus, FalsePositiveStatus, FindingState
from shield.findings.models import Acceptance, FalsePositive, Finding


@dataclass(frozen=True)
class Standing:
    """The decisions that stand on the findings of a service: read once for a run."""

    active: Mapping[int, Acceptance] = field(default_factory=dict)
    proposed: Mapping[int, Acceptance] = field(default_factory=dict)
    claims: Mapping[int, FalsePositive] = field(default_factory=dict)
    confirmed: Mapping[int, FalsePositive] = field(default_factory=dict)

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Standing:
        """Nothing is asked of the database when nothing can stand."""
        keys = [
            each.pk
            for each in findings
            if each.pending or each.accepted_until or each.state == FindingState.FALSE_POSITIVE
        ]
        if not keys:
            return cls()
        rows = list(
            Acceptance.objects.filter(
                finding__in=keys,
                status__in=[AcceptanceStatus.ACTIVE, AcceptanceStatus.PROPOSED],
            ).select_related("measurement__check_record")
        )
        claims = list(
            FalsePositive.objects.filter(
                finding__in=keys,
                status__in=[FalsePositiveStatus.PROPOSED, FalsePositiveStatus.CONFIRMED],
            ).select_related("measurement__check_record")
        )
        proposed, confirmed = FalsePositiveStatus.PROPOSED, FalsePositiveStatus.CONFIRMED
        return cls(
            active={r.finding_id: r for r in rows if r.status == AcceptanceStatus.ACTIVE},
            proposed={r.finding_id: r for r in rows if r.status == AcceptanceStatus.PROPOSED},
            claims={each.finding_id: each for each in claims if each.status == proposed},
            confirmed={each.finding_id: each for each in claims if each.status == confirmed},
        )

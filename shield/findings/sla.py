"""Until when a finding must be dealt with: days by tier of the service and severity.

Every tier starts from the same days; a tier that needs other days gets its own row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from shield.evidence.outcome import Severity
from shield.registry.choices import Tier

DEFAULT_DAYS: Final[Mapping[Severity, int]] = {
    Severity.CRITICAL: 7,
    Severity.HIGH: 30,
    Severity.MEDIUM: 90,
    Severity.LOW: 120,
    Severity.INFO: 180,
}

DAYS: Final[Mapping[str, Mapping[Severity, int]]] = {tier.value: DEFAULT_DAYS for tier in Tier}


def due_date(*, opened_at: datetime, severity: str, tier: str) -> datetime:
    """The moment after which the finding is overdue. The clock starts once and is never paused."""
    return opened_at + timedelta(days=DAYS[tier][Severity(severity)])

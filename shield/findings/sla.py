"""Until when a finding must be dealt with: days by tier of the service and severity.

Every tier starts from the same days (a higher tier asks for more checks and for approvers of its
rank, not for other clocks); an installation that wants other days for a tier names them in the setting
`SHIELD_SLA_DAYS`, as {"critical": {"high": 14}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from shield.evidence.outcome import Severity

DEFAULT_DAYS: Final[Mapping[Severity, int]] = {
    Severity.CRITICAL: 7,
    Severity.HIGH: 30,
    Severity.MEDIUM: 90,
    Severity.LOW: 120,
    Severity.INFO: 180,
}

SOON: Final = timedelta(days=7)
"""What is due within this is "due soon", everywhere."""


def sla_days(*, severity: str, tier: str) -> int:
    """How many days a finding of this severity has in a service of this tier."""
    own: Mapping[str, int] = getattr(settings, "SHIELD_SLA_DAYS", {}).get(tier, {})
    return own.get(severity, DEFAULT_DAYS[Severity(severity)])


def due_date(*, opened_at: datetime, severity: str, tier: str) -> datetime:
    """The moment after which the finding is overdue. The clock starts once and is never paused."""
    return opened_at + timedelta(days=sla_days(severity=severity, tier=tier))


def latest_due_date(*, opened_at: datetime, severity: str, tier: str) -> datetime:
    """The latest date that one person may set: twice the days. Beyond it two must accept the risk."""
    return opened_at + 2 * timedelta(days=sla_days(severity=severity, tier=tier))

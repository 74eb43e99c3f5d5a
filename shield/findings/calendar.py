"""What the date does to acceptances: a notice before, the end on the day, and a word when the day of a
promised repair is over. Each may run at any time.

The gate and the pages ask `expires_at` themselves, so a late clock job lets nothing through.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from shield.findings import acceptance as acceptances
from shield.findings.changes import SYSTEM, Change, locked, save
from shield.findings.choices import AcceptanceStatus, EndReason, TimelineAct
from shield.findings.models import Acceptance, Finding

NOTICE: Final = timedelta(days=7)
BATCH: Final = 500
_STANDING: Final = (AcceptanceStatus.ACTIVE, AcceptanceStatus.PROPOSED)


def expire(at: datetime | None = None) -> int:
    """End what has reached its date: active acceptances, and proposals that nobody decided.

    Batch by batch, each its own transaction; what another process has ended meanwhile is left alone.
    """
    at = at or timezone.now()
    total = 0
    while ended := _batch(at):
        total += ended
    return total


@transaction.atomic
def _batch(at: datetime) -> int:
    changes = []
    for finding, rows in _with_findings(Q(status__in=_STANDING, expires_at__lte=at)):
        change = Change(finding, SYSTEM, at)
        for row in rows:
            _end(change, row)
        changes.append(change)
    save(changes)
    return sum(len(change.entries) for change in changes)


def _with_findings(wanted: Q) -> list[tuple[Finding, list[Acceptance]]]:
    """Acceptances by finding. The findings are locked first, as everywhere, and the rows read again:
    what another process has changed meanwhile no longer matches."""
    rows = Acceptance.objects.filter(wanted)
    keys = list(rows.order_by("finding").values_list("finding", flat=True)[:BATCH])
    if not keys:
        return []
    findings = {finding.pk: finding for finding in locked(keys)}
    found: dict[int, list[Acceptance]] = defaultdict(list)
    for row in rows.filter(finding__in=findings).order_by("finding", "status"):
        found[row.finding_id].append(row)
    return [(findings[key], each) for key, each in found.items()]


def _end(change: Change, row: Acceptance) -> None:
    finding = change.finding
    if row.status == AcceptanceStatus.PROPOSED:
        acceptances.end(change, row, EndReason.LAPSED)
        change.set(pending="")
        change.tell(
            TimelineAct.ACCEPTANCE_WITHDRAWN,
            note="Nobody decided before its date.",
            acceptance=row,
        )
        change.audit("acceptance.lapsed", of=row, after={"state": finding.state})
        return
    acceptances.lift(change, row, EndReason.EXPIRED)


def notice(at: datetime | None = None) -> int:
    """Say once of every active acceptance that ends within a week that it does."""
    at = at or timezone.now()
    total = 0
    while told := _notice_batch(at):
        total += told
    return total


@transaction.atomic
def _notice_batch(at: datetime) -> int:
    wanted = Q(
        status=AcceptanceStatus.ACTIVE,
        noticed_at=None,
        expires_at__gt=at,
        expires_at__lte=at + NOTICE,
    )
    changes = []
    for finding, (row,) in _with_findings(wanted):
        change = Change(finding, SYSTEM, at)
        change.update(row, noticed_at=at)
        change.tell(
            TimelineAct.ACCEPTANCE_EXPIRING,
            note=f"The acceptance ends on {row.expires_at:%Y-%m-%d %H:%M} UTC.",
            acceptance=row,
        )
        change.audit("acceptance.expiring", of=row, after=acceptances.facts(row))
        changes.append(change)
    save(changes)
    return len(changes)


def mitigation(at: datetime | None = None) -> int:
    """Say once of every active acceptance whose promised repair is due that its day is over.

    It still holds: whether to live with the failure any longer is for people to decide.
    """
    at = at or timezone.now()
    total = 0
    while told := _mitigation_batch(at):
        total += told
    return total


@transaction.atomic
def _mitigation_batch(at: datetime) -> int:
    wanted = Q(
        status=AcceptanceStatus.ACTIVE,
        mitigation_told_at=None,
        mitigate_by__lt=at.astimezone(UTC).date(),
        expires_at__gt=at,
    )
    changes = []
    for finding, (row,) in _with_findings(wanted):
        change = Change(finding, SYSTEM, at)
        change.update(row, mitigation_told_at=at)
        change.tell(
            TimelineAct.MITIGATION_DUE,
            note=f"The repair was promised by {row.mitigate_by}. No run has proved it.",
            acceptance=row,
        )
        change.audit("acceptance.mitigation_due", of=row, after=acceptances.facts(row))
        changes.append(change)
    save(changes)
    return len(changes)

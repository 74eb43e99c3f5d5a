"""What becomes of findings when their service is retired or restored.

Nothing is deleted and nothing is called resolved: whatever asked for work waits as "service retired",
out of the lists of work and counted by itself; acceptances and open proposals are withdrawn. When the
service comes back, those findings are open again, with the clocks that they had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from django.db.models import Q
from django.utils import timezone

from shield.findings import acceptance as acceptances
from shield.findings.changes import Change, locked, save
from shield.findings.choices import (
    AcceptanceStatus,
    EndReason,
    FalsePositiveStatus,
    FindingState,
    TimelineAct,
)
from shield.findings.models import Acceptance, Clock, Decision, FalsePositive, Finding
from shield.findings.transitions import TABLE, Move, require, target

BATCH: Final = 500
_STANDING: Final = (AcceptanceStatus.ACTIVE, AcceptanceStatus.PROPOSED)


def service_retired(service_id: int, retired: bool, actor: str, reason: str) -> None:
    """Take the service's findings along, in the transaction of the caller."""
    move = Move.RETIRE if retired else Move.RESTORE
    wanted = Q(service=service_id, state__in=[state.value for state in TABLE[move].states])
    keys = list(Finding.objects.filter(wanted).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        findings = locked(keys[start : start + BATCH])
        changes = [Change(finding, actor, timezone.now()) for finding in findings]
        decisions = _standing(findings) if retired else {}
        for change in changes:
            if retired:
                _retired(change, reason, decisions.get(change.finding.pk, ()))
            else:
                _restored(change, reason)
        save(changes)


def set_aside(change: Change) -> None:
    """What a run does to a finding of a service that was retired while it ran: it asks nobody for work."""
    before = change.finding.state
    to = target(before, Move.RETIRE)
    if to is None:
        return
    change.set(state=to)
    change.decided()
    for row in change.made:
        if isinstance(row, Clock):
            row.decided_at = change.at
    _told(change, TimelineAct.RETIRED, before, "Found by a run that ended after it was retired.")


def _standing(findings: Collection[Finding]) -> dict[int, list[Decision]]:
    """Acceptances that hold, and proposals that wait, by finding."""
    found: dict[int, list[Decision]] = defaultdict(list)
    for row in Acceptance.objects.filter(finding__in=findings, status__in=_STANDING):
        found[row.finding_id].append(row)
    for claim in FalsePositive.objects.filter(
        finding__in=findings, status=FalsePositiveStatus.PROPOSED
    ):
        found[claim.finding_id].append(claim)
    return found


def _retired(change: Change, reason: str, decisions: Iterable[Decision]) -> None:
    before = change.finding.state
    to = require(before, Move.RETIRE)
    for row in decisions:
        acceptances.end(change, row, EndReason.RETIRED, note=reason)
        kind = "acceptance" if isinstance(row, Acceptance) else "false_positive"
        change.audit(
            f"{kind}.withdrawn",
            of=row,
            before={"state": before},
            after={"state": to.value},
            reason=reason,
        )
    change.set(state=to, accepted_until=None, pending="")
    change.decided()
    _told(change, TimelineAct.RETIRED, before, reason)


def _restored(change: Change, reason: str) -> None:
    before = change.finding.state
    acceptances.reopen(change, require(before, Move.RESTORE))
    _told(change, TimelineAct.RESTORED, before, reason)


def _told(change: Change, act: TimelineAct, before: str, reason: str) -> None:
    change.tell(act, note=reason, before=before)
    change.audit(
        f"finding.{act}",
        before={"state": FindingState(before).value},
        after={"state": change.finding.state},
        reason=reason,
    )

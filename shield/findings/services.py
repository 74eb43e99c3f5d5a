"""Acts of people on findings. What runs do to findings is in `proof.py`."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from shield.accounts.models import User
from shield.audit.services import record
from shield.common.errors import InvalidInput
from shield.evidence.outcome import Severity
from shield.findings.choices import TimelineAct
from shield.findings.models import Finding, TimelineEntry
from shield.findings.proof import findings_update
from shield.findings.sla import due_date
from shield.findings.transitions import Move, require
from shield.registry.changes import SERVICE_CHANGED

__all__ = [
    "finding_assign",
    "finding_comment",
    "finding_severity_change",
    "finding_start",
    "findings_update",
]


@transaction.atomic
def finding_assign(*, finding: Finding, assignee: User | None, actor: str) -> Finding:
    """Make `assignee` responsible (None: nobody). Assigning the same person again changes nothing."""
    finding = _locked(finding)
    if assignee is not None and not assignee.is_active:
        raise InvalidInput(
            "assignee_inactive",
            f"{assignee.get_username()} has no active account.",
            "Choose somebody who can sign in.",
        )
    if finding.assignee_id == (assignee.pk if assignee else None):
        return finding
    before = finding.assignee.get_username() if finding.assignee else None
    after = assignee.get_username() if assignee else None
    finding.assignee = assignee
    finding.save(update_fields=["assignee", "updated_at"])
    SERVICE_CHANGED.tell([finding.service_id])
    _note(finding, actor, TimelineAct.ASSIGNED, note=after or "nobody")
    _audit(
        finding,
        actor=actor,
        act="finding.assign",
        before={"assignee": before},
        after={"assignee": after},
    )
    return finding


@transaction.atomic
def finding_start(*, finding: Finding, actor: str, note: str = "") -> Finding:
    """Begin to work: open or regressed → in progress; Conflict from any other state."""
    finding = _locked(finding)
    before, after = finding.state, require(finding.state, Move.START)
    finding.state = after
    finding.save(update_fields=["state", "updated_at"])
    SERVICE_CHANGED.tell([finding.service_id])
    TimelineEntry.objects.create(
        finding=finding,
        actor=actor[:200],
        act=TimelineAct.STATE,
        from_state=before,
        to_state=after,
        note=note,
    )
    _audit(
        finding,
        actor=actor,
        act="finding.start",
        before={"state": before},
        after={"state": after},
        reason=note,
    )
    return finding


@transaction.atomic
def finding_comment(*, finding: Finding, text: str, actor: str) -> TimelineEntry:
    """Add a comment to the timeline. An empty one is InvalidInput."""
    text = text.strip()
    if not text:
        raise InvalidInput("comment_empty", "The comment is empty.", "Write what others must know.")
    entry = _note(finding, actor, TimelineAct.COMMENT, note=text)
    _audit(finding, actor=actor, act="finding.comment", after={"comment": text})
    return entry


@transaction.atomic
def finding_severity_change(
    *, finding: Finding, severity: Severity, reason: str, actor: str
) -> Finding:
    """Override the severity that the policy gave, with a reason; the policy's stays beside it.

    The due date follows, counted from when the finding was opened.
    """
    if not reason.strip():
        raise InvalidInput(
            "reason_missing", "A change of severity needs a reason.", "Say why in a few words."
        )
    finding = _locked(finding)
    before = {"severity": finding.severity, "due_at": finding.due_at.isoformat()}
    if finding.severity == severity:
        return finding
    finding.severity = severity.value
    finding.due_at = due_date(
        opened_at=finding.opened_at, severity=severity, tier=finding.service.tier
    )
    finding.save(update_fields=["severity", "due_at", "updated_at"])
    SERVICE_CHANGED.tell([finding.service_id])
    after = {"severity": finding.severity, "due_at": finding.due_at.isoformat()}
    _note(finding, actor, TimelineAct.SEVERITY, note=f"{before['severity']} → {severity}: {reason}")
    _audit(finding, actor=actor, act="finding.severity", before=before, after=after, reason=reason)
    return finding


def _locked(finding: Finding) -> Finding:
    return (
        Finding.objects.select_for_update(of=("self",))
        .select_related("service", "assignee")
        .get(pk=finding.pk)
    )


def _note(finding: Finding, actor: str, act: TimelineAct, *, note: str) -> TimelineEntry:
    return TimelineEntry.objects.create(finding=finding, actor=actor[:200], act=act, note=note)


def _audit(
    finding: Finding,
    *,
    actor: str,
    act: str,
    after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    record(
        actor=actor,
        act=act,
        object_type="finding",
        object_id=finding.pk,
        object_text=str(finding),
        before=before,
        after=after,
        reason=reason,
        unit=finding.unit_id,
    )

"""Acts of people and of the calendar on findings. What runs do to findings is in `proof.py`.

Every act of a person asks the policy itself, locks the finding, and refuses with a Conflict when the
finding has changed since the state `seen` that the person looked at (None: no such check).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from shield.accounts.models import User
from shield.evidence.outcome import Severity
from shield.findings import acceptance as acceptances
from shield.findings import acts, calendar, claims
from shield.findings.bulk import Bulk, BulkResult
from shield.findings.bulk import apply as bulk_apply
from shield.findings.changes import apply
from shield.findings.models import Acceptance, FalsePositive, Finding, Ticket, TimelineEntry
from shield.findings.proof import findings_update
from shield.findings.proposals import Terms

__all__ = [
    "acceptance_approve",
    "acceptance_propose",
    "acceptance_reject",
    "acceptance_withdraw",
    "acceptances_expire",
    "acceptances_notice",
    "false_positive_confirm",
    "false_positive_propose",
    "false_positive_reject",
    "false_positive_withdraw",
    "finding_assign",
    "finding_comment",
    "finding_due_change",
    "finding_release",
    "finding_reopen",
    "finding_severity_change",
    "finding_start",
    "findings_bulk",
    "findings_update",
    "mitigations_notice",
    "ticket_add",
    "ticket_remove",
]


def finding_assign(
    *,
    finding: Finding,
    assignee: User | None,
    actor: User,
    category: str = "",
    note: str = "",
    seen: str | None = None,
) -> Finding:
    """Make `assignee` responsible (None: nobody). Assigning the same person again changes nothing."""
    return apply(
        finding=finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: acts.assign(
            row, user, assignee=assignee, category=category, note=note
        ),
    ).finding


def finding_start(
    *, finding: Finding, actor: User, category: str, note: str = "", seen: str | None = None
) -> Finding:
    """Begin to work: open or regressed → in progress; Conflict from any other state."""
    return apply(
        finding=finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: acts.start(row, user, category=category, note=note),
    ).finding


def finding_release(
    *, finding: Finding, actor: User, category: str, note: str = "", seen: str | None = None
) -> Finding:
    """Stop working: in progress → open."""
    return apply(
        finding=finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: acts.release(row, user, category=category, note=note),
    ).finding


def finding_comment(*, finding: Finding, text: str, actor: User) -> TimelineEntry:
    """Add a comment to the timeline. An empty one is InvalidInput. Comments never conflict."""
    change = apply(
        finding=finding,
        actor=actor,
        seen=None,
        act=lambda row, user: acts.comment(row, user, text=text),
    )
    return change.entries[0]


def finding_severity_change(
    *,
    finding: Finding,
    severity: Severity,
    category: str,
    note: str,
    actor: User,
    seen: str | None = None,
) -> Finding:
    """Override the severity that the policy gave, with a reason; the policy's stays beside it."""
    return apply(
        finding=finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: acts.severity(
            row, user, severity=severity, category=category, note=note
        ),
    ).finding


def finding_due_change(
    *,
    finding: Finding,
    due_at: datetime,
    category: str,
    note: str,
    actor: User,
    seen: str | None = None,
) -> Finding:
    """Set another due date within twice the days of the SLA, with a reason; both dates are kept."""
    return apply(
        finding=finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: acts.due(row, user, due_at=due_at, category=category, note=note),
    ).finding


def ticket_add(*, finding: Finding, url: str, title: str = "", actor: User) -> Ticket:
    """Link where else the work is tracked."""
    change = apply(
        finding=finding,
        actor=actor,
        seen=None,
        act=lambda row, user: acts.ticket_add(row, user, url=url, title=title),
    )
    (ticket,) = change.made
    assert isinstance(ticket, Ticket)
    return ticket


def ticket_remove(*, ticket: Ticket, actor: User) -> Finding:
    """Unlink a ticket; its row stays."""
    return apply(
        finding=ticket.finding,
        actor=actor,
        seen=None,
        act=lambda row, user: acts.ticket_remove(
            row, user, ticket=Ticket.objects.get(pk=ticket.pk)
        ),
    ).finding


def finding_reopen(
    *, finding: Finding, category: str, note: str, actor: User, seen: str | None = None
) -> Finding:
    """Take a confirmed false positive back: it asks for work again."""
    return apply(
        finding=finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: claims.reopen(row, user, category=category, note=note),
    ).finding


def acceptance_propose(
    *, finding: Finding, terms: Terms, actor: User, seen: str | None = None
) -> Acceptance:
    """Ask that the finding, as last measured, be lived with until a date (at most 180 days)."""
    change = apply(
        finding=finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: acceptances.propose(row, user, terms=terms),
    )
    (made,) = change.made
    assert isinstance(made, Acceptance)
    return made


def acceptance_approve(
    *, acceptance: Acceptance, note: str, actor: User, seen: str | None = None
) -> Acceptance:
    """Accept the risk: in effect at once. Never by the proposer, and up to the approver's tier."""
    return _decide(acceptance, actor, seen, acceptances.approve, note)


def acceptance_reject(
    *, acceptance: Acceptance, note: str, actor: User, seen: str | None = None
) -> Acceptance:
    """Refuse a proposal; the finding stays what it is."""
    return _decide(acceptance, actor, seen, acceptances.reject, note)


def acceptance_withdraw(
    *, acceptance: Acceptance, note: str, actor: User, seen: str | None = None
) -> Acceptance:
    """Take back a proposal, or end an active acceptance: then the finding is open again."""
    return _decide(acceptance, actor, seen, acceptances.withdraw, note)


def _decide(
    acceptance: Acceptance, actor: User, seen: str | None, act: acceptances.Deciding, note: str
) -> Acceptance:
    apply(
        finding=acceptance.finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: act(row, user, acceptance=_again(acceptance, row), note=note),
    )
    return Acceptance.objects.select_related("finding__service", "proposer", "decider").get(
        pk=acceptance.pk
    )


def _again(acceptance: Acceptance, finding: Finding) -> Acceptance:
    """The acceptance as it is now that its finding is locked."""
    rows = Acceptance.objects.select_related("proposer", "decider", "measurement__check_record")
    fresh = rows.get(pk=acceptance.pk)
    fresh.finding = finding
    return fresh


def acceptances_expire(*, at: datetime | None = None) -> int:
    """End what has reached its date; how many ended. Doing so again changes nothing."""
    return calendar.expire(at)


def acceptances_notice(*, at: datetime | None = None) -> int:
    """Say once of each acceptance that it ends within a week; how many were told."""
    return calendar.notice(at)


def mitigations_notice(*, at: datetime | None = None) -> int:
    """Say once of each acceptance that the day of its promised repair is over; how many were told."""
    return calendar.mitigation(at)


def false_positive_propose(
    *,
    finding: Finding,
    category: str,
    reason: str,
    evidence: str,
    actor: User,
    seen: str | None = None,
) -> FalsePositive:
    """Say that the failure is none, with evidence; a second person confirms."""
    change = apply(
        finding=finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: claims.propose(
            row, user, category=category, reason=reason, evidence=evidence
        ),
    )
    (made,) = change.made
    assert isinstance(made, FalsePositive)
    return made


def false_positive_confirm(
    *, claim: FalsePositive, note: str, actor: User, seen: str | None = None
) -> FalsePositive:
    """Agree that the failure is none. Never by the proposer."""
    return _decide_claim(claim, actor, seen, claims.confirm, note)


def false_positive_reject(
    *, claim: FalsePositive, note: str, actor: User, seen: str | None = None
) -> FalsePositive:
    """Disagree; the finding stays what it is."""
    return _decide_claim(claim, actor, seen, claims.reject, note)


def false_positive_withdraw(
    *, claim: FalsePositive, note: str, actor: User, seen: str | None = None
) -> FalsePositive:
    """Take the claim back before anybody decided."""
    return _decide_claim(claim, actor, seen, claims.withdraw, note)


def _decide_claim(
    claim: FalsePositive, actor: User, seen: str | None, act: claims.Deciding, note: str
) -> FalsePositive:
    rows = FalsePositive.objects.select_related("finding__service", "proposer", "decider")
    apply(
        finding=claim.finding,
        actor=actor,
        seen=seen,
        act=lambda row, user: act(row, user, claim=rows.get(pk=claim.pk), note=note),
    )
    return rows.get(pk=claim.pk)


@transaction.atomic
def findings_bulk(*, findings: QuerySet[Finding], wanted: Bulk, actor: User) -> BulkResult:
    """Do one act on many findings: in one transaction everything that is not refused.

    A finding that refuses (its state, the policy, the input) is left as it is and listed with its
    reason; the others are done. InvalidInput for more findings than `bulk.MOST`.
    """
    return bulk_apply(findings, wanted, actor)

"""Acts of people in the daily work on a finding. Each says what changes; `changes` writes it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.accounts.models import User
from shield.accounts.policy import may
from shield.common.errors import Conflict, InvalidInput
from shield.evidence.outcome import Severity
from shield.findings.changes import Change
from shield.findings.choices import TimelineAct
from shield.findings.days import last_day
from shield.findings.models import Finding, Ticket
from shield.findings.sla import due_date, latest_due_date
from shield.findings.texts import reason_of, text_of
from shield.findings.transitions import Move, permit, require

MOST_TICKETS = 20


def begin(finding: Finding, actor: User, move: Move) -> Change:
    """A change that the policy and the table allow; the finding's new state is set by the caller."""
    permit(actor, move, finding)
    require(finding.state, move)
    return Change(finding, actor.get_username(), timezone.now())


def start(finding: Finding, actor: User, *, category: str, note: str = "") -> Change:
    """Begin to work."""
    return _move(finding, actor, Move.START, reason_of(category, "start"), note)


def release(finding: Finding, actor: User, *, category: str, note: str = "") -> Change:
    """Stop working on it: it waits again."""
    return _move(finding, actor, Move.RELEASE, reason_of(category, "release"), note)


def _move(finding: Finding, actor: User, move: Move, category: str, note: str) -> Change:
    note = text_of(note, what="note", required=False)
    before = finding.state
    change = begin(finding, actor, move)
    change.set(state=require(before, move))
    change.tell(TimelineAct.STATE, reason=category, note=note, before=before)
    act = "finding.start" if move is Move.START else "finding.release"
    change.audit(
        act,
        before={"state": before},
        after={"state": finding.state, "reason": category},
        reason=note,
    )
    return change


def assign(
    finding: Finding, actor: User, *, assignee: User | None, category: str = "", note: str = ""
) -> Change:
    """Make somebody responsible, or nobody; a reason where one is given. Taking it oneself, and giving
    back what one has, needs only the right to work; everything else the right to triage."""
    note = text_of(note, what="note", required=False)
    if category:
        reason_of(category, "assign")
    mine = assignee == actor or (assignee is None and finding.assignee_id == actor.pk)
    change = begin(finding, actor, Move.CLAIM if mine else Move.ASSIGN)
    if assignee is not None:
        _refuse_assignee(assignee, finding)
    if finding.assignee_id == (assignee.pk if assignee else None):
        return change
    before = finding.assignee.get_username() if finding.assignee else None
    after = assignee.get_username() if assignee else None
    change.set(assignee=assignee)
    words = f"{after or 'nobody'}. {note}" if note else after or "nobody"
    change.tell(TimelineAct.ASSIGNED, reason=category, note=words)
    change.audit(
        "finding.assign",
        before={"assignee": before},
        after={"assignee": after} | ({"reason": category} if category else {}),
        reason=note,
    )
    return change


def _refuse_assignee(assignee: User, finding: Finding) -> None:
    if not assignee.is_active:
        raise InvalidInput(
            "assignee_inactive",
            f"{assignee.get_username()} has no active account.",
            "Choose somebody who can sign in.",
        )
    if not may(assignee, "finding.view", finding):
        raise InvalidInput(
            "assignee_cannot_see",
            f"{assignee.get_username()} may not see findings of this business unit.",
            "Choose somebody of the unit, or ask an administrator for a grant.",
        )


def comment(finding: Finding, actor: User, *, text: str) -> Change:
    """Say something. It is never edited; a second comment corrects the first."""
    change = begin(finding, actor, Move.COMMENT)
    text = text_of(text, what="comment")
    change.tell(TimelineAct.COMMENT, note=text)
    change.audit("finding.comment", after={"comment": text})
    return change


def severity(
    finding: Finding, actor: User, *, severity: Severity, category: str, note: str
) -> Change:
    """Override the severity that the policy gave; the policy's stays beside it.

    The due date follows, counted from when the finding was opened; a date that a person had set
    goes with it, and the timeline says so.
    """
    change = begin(finding, actor, Move.SEVERITY)
    reason_of(category, "severity")
    note = text_of(note, what="reason")
    if finding.severity == severity:
        return change
    before = {"severity": finding.severity, "due_at": finding.due_at.isoformat()}
    due = due_date(opened_at=finding.opened_at, severity=severity, tier=finding.service.tier)
    change.set(
        severity=severity.value,
        severity_overridden=severity != finding.policy_severity,
        due_at=due,
        sla_due_at=None,
    )
    change.clock |= {"severity": severity.value, "due_at": due, "sla_due_at": due}
    change.tell(
        TimelineAct.SEVERITY,
        reason=category,
        note=f"{before['severity']} → {severity.value}, due {due:%Y-%m-%d}. {note}",
    )
    after = {"severity": severity.value, "due_at": due.isoformat(), "reason": category}
    change.audit("finding.severity", before=before, after=after, reason=note)
    return change


def due(finding: Finding, actor: User, *, due_at: datetime, category: str, note: str) -> Change:
    """Set another due date: it says from when the finding is overdue. Both dates are kept, and whether
    the clock was kept is judged by the first.

    A date that has passed stays; earlier than today is refused, and later than twice the days of the
    SLA: beyond that, living with the failure is a risk that two people have to accept.
    """
    change = begin(finding, actor, Move.DUE)
    reason_of(category, "due")
    note = text_of(note, what="reason")
    facts = {"opened_at": finding.opened_at, "severity": finding.severity}
    tier = finding.service.tier
    latest = latest_due_date(**facts, tier=tier)  # type: ignore[arg-type]
    if finding.due_at <= change.at:
        raise Conflict(
            "due_missed",
            _("The due date has passed: moving it would hide that."),
            _("Propose to accept the risk instead: that takes two people and has a date."),
        )
    if due_at < change.at:
        raise InvalidInput(
            "due_past",
            _("The due date lies in the past."),
            _("Choose a day that is still to come."),
        )
    if due_at > latest:
        raise InvalidInput(
            "due_too_late",
            _("The due date can be moved to %(latest)s at most.")
            % {"latest": last_day(latest).isoformat()},
            _("Propose to accept the risk instead: that takes two people and has a date."),
        )
    if due_at == finding.due_at:
        return change
    asked = due_date(**facts, tier=tier)  # type: ignore[arg-type]
    before = {"due_at": finding.due_at.isoformat()}
    change.set(due_at=due_at, sla_due_at=None if due_at == asked else asked)
    change.clock["due_at"] = due_at
    words = f"{before['due_at'][:10]} → {due_at:%Y-%m-%d}. {note}"
    change.tell(TimelineAct.DUE, reason=category, note=words)
    after = {"due_at": due_at.isoformat(), "sla_due_at": asked.isoformat(), "reason": category}
    change.audit("finding.due", before=before, after=after, reason=note)
    return change


def ticket_add(finding: Finding, actor: User, *, url: str, title: str = "") -> Change:
    """Link where else the work is tracked: an http or https address, each once."""
    change = begin(finding, actor, Move.TICKET)
    title = text_of(title, what="title", required=False, longest=200)
    url = _address(url)
    linked = [ticket.url for ticket in finding.tickets.filter(removed_at=None)]
    if url in linked:
        raise Conflict("ticket_linked", _("This ticket is linked already."), "")
    if len(linked) >= MOST_TICKETS:
        raise InvalidInput(
            "tickets_too_many",
            _("A finding can have %(most)s tickets.") % {"most": MOST_TICKETS},
            _("Unlink one first."),
        )
    change.made.append(Ticket(finding=finding, url=url, title=title, added_by=change.actor[:200]))
    change.tell(TimelineAct.TICKET, note=f"{title} {url}".strip())
    change.audit("finding.ticket", after={"url": url, "title": title})
    return change


def ticket_remove(finding: Finding, actor: User, *, ticket: Ticket) -> Change:
    """Unlink a ticket; the row stays and says who did it. Doing so again changes nothing."""
    change = begin(finding, actor, Move.TICKET)
    if ticket.removed_at is not None:
        return change
    change.update(ticket, removed_at=change.at, removed_by=change.actor[:200])
    change.tell(TimelineAct.TICKET_REMOVED, note=ticket.url)
    change.audit("finding.ticket_removed", before={"url": ticket.url})
    return change


def _address(url: str) -> str:
    url = url.strip()
    try:
        URLValidator(schemes=["http", "https"])(url)
        secret = bool(urlsplit(url).username or urlsplit(url).password)
    except (ValidationError, ValueError) as error:
        raise InvalidInput(
            "ticket_address",
            _("This is not the address of a page."),
            _("It begins with https:// or http://."),
        ) from error
    if secret or len(url) > 500:
        raise InvalidInput(
            "ticket_address",
            _("The address is too long, or carries a name or a password."),
            _("Copy the plain address of the ticket."),
        )
    return url

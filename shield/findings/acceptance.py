"""Acceptance as a decision: one person proposes, another approves, a date ends it.

Each function says what changes on a locked finding; `changes` writes it. What runs do to an acceptance
is in `proof`, what its date does is in `calendar`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

from shield.accounts.four_eyes import refuse_own
from shield.accounts.models import User
from shield.common.errors import Conflict
from shield.evidence.outcome import Severity
from shield.evidence.sentence import number
from shield.evidence.worsening import Accepted, is_graver, is_materially_worse
from shield.findings.acts import begin
from shield.findings.changes import Change
from shield.findings.choices import (
    AcceptanceStatus,
    EndReason,
    FindingState,
    Pending,
    TimelineAct,
)
from shield.findings.models import Acceptance, Decision, Finding
from shield.findings.proposals import Terms, checked, measured, refuse_decided, refuse_pending
from shield.findings.texts import text_of
from shield.findings.transitions import Move, require, target
from shield.records.choices import SeverityChoice
from shield.records.measurements import measurement_of
from shield.records.models import MeasurementRecord, Run


class Deciding(Protocol):
    """A decision about a proposal: approve, reject or withdraw."""

    def __call__(
        self, finding: Finding, actor: User, *, acceptance: Acceptance, note: str
    ) -> Change: ...


def propose(finding: Finding, actor: User, *, terms: Terms) -> Change:
    """Ask that the finding, as it was last measured, be lived with until a date."""
    change = begin(finding, actor, Move.PROPOSE_ACCEPTANCE)
    refuse_pending(finding)
    terms = checked(terms, change.at)
    acceptance = Acceptance(
        finding=finding,
        proposer=actor,
        proposed_at=change.at,
        treatment=terms.treatment,
        category=terms.category,
        reason=terms.reason,
        controls=terms.controls,
        mitigate_by=terms.mitigate_by,
        expires_at=terms.expires_at,
        **measured(finding),
    )
    change.made.append(acceptance)
    change.set(pending=Pending.ACCEPTANCE)
    change.tell(
        TimelineAct.ACCEPTANCE_PROPOSED,
        reason=terms.category,
        note=terms.reason,
        acceptance=acceptance,
        measurement=finding.measurement,
    )
    change.audit("acceptance.proposed", of=acceptance, after=facts(acceptance), reason=terms.reason)
    return change


def approve(finding: Finding, actor: User, *, acceptance: Acceptance, note: str) -> Change:
    """Accept the risk. Refused to the proposer, too late, and when it has become worse meanwhile."""
    before = finding.state
    change = begin(finding, actor, Move.APPROVE_ACCEPTANCE)
    refuse_own(acceptance, actor)
    refuse_decided(acceptance)
    note = text_of(note, what="note")
    _refuse_overtaken(acceptance, finding, change.at)
    for old in finding.acceptances.filter(status=AcceptanceStatus.ACTIVE):
        if old.expires_at <= change.at:
            change.undecided()  # nothing covered it in between
        end(change, old, EndReason.REPLACED)
    change.update(
        acceptance,
        status=AcceptanceStatus.ACTIVE,
        decider=actor,
        decided_at=change.at,
        decision_note=note,
    )
    change.set(
        state=require(before, Move.APPROVE_ACCEPTANCE),
        pending="",
        accepted_until=acceptance.expires_at,
    )
    change.decided()
    change.tell(
        TimelineAct.ACCEPTANCE_APPROVED,
        reason=acceptance.category,
        note=note,
        before=before,
        acceptance=acceptance,
        measurement_id=acceptance.measurement_id,
    )
    change.audit(
        "acceptance.approved",
        of=acceptance,
        before={"state": before},
        after={
            **facts(acceptance),
            "state": finding.state,
            "proposer": acceptance.proposer.get_username(),
        },
        reason=note,
    )
    return change


def reject(finding: Finding, actor: User, *, acceptance: Acceptance, note: str) -> Change:
    """Refuse the proposal; the finding stays what it is."""
    change = begin(finding, actor, Move.REJECT_ACCEPTANCE)
    refuse_own(acceptance, actor)
    refuse_decided(acceptance)
    note = text_of(note, what="note")
    change.update(
        acceptance,
        status=AcceptanceStatus.REJECTED,
        decider=actor,
        decided_at=change.at,
        decision_note=note,
    )
    change.set(pending="")
    change.tell(TimelineAct.ACCEPTANCE_REJECTED, note=note, acceptance=acceptance)
    change.audit("acceptance.rejected", of=acceptance, reason=note)
    return change


def withdraw(finding: Finding, actor: User, *, acceptance: Acceptance, note: str) -> Change:
    """Take back a proposal, or end an active acceptance: then the finding is open again."""
    active = acceptance.status == AcceptanceStatus.ACTIVE
    before = finding.state
    change = begin(finding, actor, Move.WITHDRAW_ACCEPTANCE if active else Move.WITHDRAW_PROPOSAL)
    if not active:
        refuse_decided(acceptance)
    note = text_of(note, what="note")
    end(change, acceptance, EndReason.PERSON, note=note)
    if active:
        reopen(change, require(before, Move.WITHDRAW_ACCEPTANCE))
    else:
        change.set(pending="")
    change.tell(
        TimelineAct.ACCEPTANCE_WITHDRAWN,
        note=note,
        before=before if active else "",
        acceptance=acceptance,
    )
    change.audit("acceptance.withdrawn", of=acceptance, before={"state": before},
                 after={"state": finding.state}, reason=note)  # fmt: skip
    return change


def end(change: Change, row: Decision, because: EndReason, *, note: str = "") -> None:
    """Mark an acceptance as ended: by its date, or by what took its place."""
    status = (
        AcceptanceStatus.EXPIRED if because is EndReason.EXPIRED else AcceptanceStatus.WITHDRAWN
    )
    change.update(
        row,
        status=status,
        ended_at=change.at,
        ended_by=change.actor[:200],
        ended_because=because,
        end_note=note,
    )


def reopen(change: Change, state: FindingState) -> None:
    """What every end of a decision does to the finding: its clock was never paused, so it is due as
    it was."""
    change.set(state=state, accepted_until=None)
    change.undecided()


def lift(
    change: Change,
    row: Acceptance,
    why: EndReason,
    *,
    run: Run | None = None,
    measurement: MeasurementRecord | None = None,
) -> None:
    """End an active acceptance without a person: its date has come, or a run measured worse."""
    before = change.finding.state
    expired = why is EndReason.EXPIRED
    end(change, row, why)
    state = target(before, Move.EXPIRE if expired else Move.WORSE)
    if state is not None:
        reopen(change, state)
    change.tell(
        TimelineAct.ACCEPTANCE_EXPIRED if expired else TimelineAct.WORSE,
        note="The date of the acceptance has come."
        if expired
        else why_lifted("Accepted", row, change.finding.measurement, why),
        before=before,
        acceptance=row,
        run=run,
        measurement=measurement,
    )
    change.audit(
        f"acceptance.{why}",
        of=row,
        before={"state": before},
        after={"state": change.finding.state, "severity": change.finding.severity},
        reason=str(why.label),
    )


def why_lifted(decided: str, row: Decision, item: MeasurementRecord, why: EndReason) -> str:
    """What was decided on and what is measured now, in words."""
    if why is EndReason.GRAVER:
        return (
            f"{decided} was severity {row.severity}; measured is {item.severity}. {item.sentence}"
        )
    return f"{decided} was {_span(row)}; measured is {_span(item)}. {item.sentence}"


def _span(row: Decision | MeasurementRecord) -> str:
    value = "?" if row.value is None else number(row.value)
    low = "−∞" if row.low is None else number(row.low)
    high = "∞" if row.high is None else number(row.high)
    return f"{value} [{low}, {high}]"


def accepted(row: Decision) -> Accepted:
    """What the decision covers, as `worsening` compares it."""
    item = measurement_of(row.measurement)
    assert item.value is not None  # only a failed measurement makes a finding
    return Accepted(item.value, item.interval, Severity(row.severity))


def worsening(row: Decision, item: MeasurementRecord) -> EndReason | None:
    """Why a new failed measurement ends the decision; None when it still covers it."""
    covered = accepted(row)
    if is_graver(covered, Severity(item.severity or SeverityChoice.HIGH)):
        return EndReason.GRAVER
    return EndReason.WORSE if is_materially_worse(covered, measurement_of(item)) else None


def facts(acceptance: Acceptance) -> Mapping[str, object]:
    """What the event of a decision says."""
    return {
        "treatment": acceptance.treatment,
        "reason": acceptance.category,
        "expires_at": acceptance.expires_at.isoformat(),
        "mitigate_by": acceptance.mitigate_by.isoformat() if acceptance.mitigate_by else None,
        "value": acceptance.value,
        "interval": [acceptance.low, acceptance.high],
        "severity": acceptance.severity,
        "run": str(acceptance.run_id),
    }


def _refuse_overtaken(acceptance: Acceptance, finding: Finding, at: datetime) -> None:
    if acceptance.expires_at <= at:
        raise Conflict(
            "acceptance_lapsed",
            _("The proposed date has come before anybody decided."),
            _("Propose it anew with a later date."),
        )
    why = worsening(acceptance, finding.measurement)
    if why is not None:
        raise Conflict(
            "acceptance_overtaken",
            _("It cannot be approved: since the proposal %(why)s.") % {"why": EndReason(why).label},
            _("Look at the new measurement, and propose it anew if it is still acceptable."),
        )

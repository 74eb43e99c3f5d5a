"""False positives: one person says that a failure is none and shows why, another confirms it.

Each function says what changes on a locked finding; `changes` writes it.
"""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext as _

from shield.accounts.four_eyes import refuse_own
from shield.accounts.models import User
from shield.common.errors import Conflict
from shield.findings.acceptance import why_lifted, worsening
from shield.findings.acts import begin
from shield.findings.changes import Change
from shield.findings.choices import EndReason, FalsePositiveStatus, Pending, TimelineAct
from shield.findings.models import FalsePositive, Finding
from shield.findings.proposals import measured, refuse_decided, refuse_pending
from shield.findings.texts import reason_of, text_of
from shield.findings.transitions import Move, require
from shield.records.models import MeasurementRecord, Run


class Deciding(Protocol):
    """A decision about a claim: confirm, reject or withdraw."""

    def __call__(
        self, finding: Finding, actor: User, *, claim: FalsePositive, note: str
    ) -> Change: ...


def propose(finding: Finding, actor: User, *, category: str, reason: str, evidence: str) -> Change:
    """Say that the failure is none, with the evidence for it."""
    change = begin(finding, actor, Move.PROPOSE_FALSE_POSITIVE)
    refuse_pending(finding)
    claim = FalsePositive(
        finding=finding,
        proposer=actor,
        category=reason_of(category, "false_positive"),
        reason=text_of(reason, what="reason"),
        evidence=text_of(evidence, what="evidence"),
        **measured(finding),
    )
    change.made.append(claim)
    change.set(pending=Pending.FALSE_POSITIVE)
    change.tell(
        TimelineAct.FALSE_POSITIVE_PROPOSED,
        reason=category,
        note=f"{claim.reason}\n{claim.evidence}",
        measurement=finding.measurement,
    )
    after = {"reason": category, "evidence": claim.evidence, "value": claim.value}
    change.audit("false_positive.proposed", of=claim, after=after, reason=claim.reason)
    return change


def confirm(finding: Finding, actor: User, *, claim: FalsePositive, note: str) -> Change:
    """Agree: the finding asks for no more work while later runs measure nothing materially worse."""
    before = finding.state
    change = begin(finding, actor, Move.CONFIRM_FALSE_POSITIVE)
    refuse_own(claim, actor)
    refuse_decided(claim)
    note = text_of(note, what="note")
    _refuse_overtaken(claim, finding)
    change.update(
        claim,
        status=FalsePositiveStatus.CONFIRMED,
        decider=actor,
        decided_at=change.at,
        decision_note=note,
    )
    change.set(state=require(before, Move.CONFIRM_FALSE_POSITIVE), pending="")
    change.decided()
    change.tell(
        TimelineAct.FALSE_POSITIVE_CONFIRMED, reason=claim.category, note=note, before=before
    )
    change.audit(
        "false_positive.confirmed",
        of=claim,
        before={"state": before},
        after={"state": finding.state, "proposer": claim.proposer.get_username()},
        reason=note,
    )
    return change


def _refuse_overtaken(claim: FalsePositive, finding: Finding) -> None:
    why = worsening(claim, finding.measurement)
    if why is not None:
        raise Conflict(
            "claim_overtaken",
            _("It cannot be confirmed: since the claim %(why)s.") % {"why": EndReason(why).label},
            _("Look at the new measurement, and claim it anew if it is still no failure."),
        )


def reject(finding: Finding, actor: User, *, claim: FalsePositive, note: str) -> Change:
    """Disagree; the finding stays what it is."""
    change = begin(finding, actor, Move.REJECT_FALSE_POSITIVE)
    refuse_own(claim, actor)
    refuse_decided(claim)
    note = text_of(note, what="note")
    change.update(
        claim,
        status=FalsePositiveStatus.REJECTED,
        decider=actor,
        decided_at=change.at,
        decision_note=note,
    )
    change.set(pending="")
    change.tell(TimelineAct.FALSE_POSITIVE_REJECTED, note=note)
    change.audit("false_positive.rejected", of=claim, reason=note)
    return change


def withdraw(finding: Finding, actor: User, *, claim: FalsePositive, note: str) -> Change:
    """Take the claim back before anybody decided."""
    change = begin(finding, actor, Move.WITHDRAW_FALSE_POSITIVE)
    refuse_decided(claim)
    note = text_of(note, what="note")
    end(change, claim, EndReason.PERSON, note=note)
    change.set(pending="")
    change.tell(TimelineAct.FALSE_POSITIVE_WITHDRAWN, note=note)
    change.audit("false_positive.withdrawn", of=claim, reason=note)
    return change


def reopen(finding: Finding, actor: User, *, category: str, note: str) -> Change:
    """Take the confirmation back: the finding asks for work again, due as it was."""
    before = finding.state
    change = begin(finding, actor, Move.REOPEN)
    reason_of(category, "reopen")
    note = text_of(note, what="note")
    for claim in finding.false_positives.filter(status=FalsePositiveStatus.CONFIRMED):
        end(change, claim, EndReason.REOPENED, note=note)
    change.set(state=require(before, Move.REOPEN))
    change.undecided()
    change.tell(TimelineAct.REOPENED, reason=category, note=note, before=before)
    change.audit(
        "finding.reopened", before={"state": before}, after={"state": finding.state}, reason=note
    )
    return change


def lift(
    change: Change,
    claim: FalsePositive,
    why: EndReason,
    *,
    run: Run,
    measurement: MeasurementRecord,
) -> None:
    """End a confirmation without a person: a run measured worse than what was called none."""
    before = change.finding.state
    end(change, claim, why)
    change.set(state=require(before, Move.WORSE))
    change.undecided()
    note = why_lifted("Confirmed as a false positive", claim, measurement, why)
    change.tell(TimelineAct.REOPENED, note=note, before=before, run=run, measurement=measurement)
    change.audit(
        "finding.reopened",
        of=claim,
        before={"state": before},
        after={"state": change.finding.state, "severity": change.finding.severity},
        reason=note,
    )


def end(change: Change, claim: FalsePositive, because: EndReason, *, note: str = "") -> None:
    """Mark a claim as no longer standing."""
    change.update(
        claim,
        status=FalsePositiveStatus.WITHDRAWN,
        ended_at=change.at,
        ended_by=change.actor[:200],
        ended_because=because,
        end_note=note,
    )

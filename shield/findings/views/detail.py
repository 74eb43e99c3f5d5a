"""One finding: state, owner and clock on top, evidence in the middle, timeline and decisions beside."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.views.generic import TemplateView

from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.findings import forms
from shield.findings.choices import AcceptanceStatus, FalsePositiveStatus
from shield.findings.clocks import sla_state
from shield.findings.history import finding_history, finding_timeline
from shield.findings.models import Acceptance, FalsePositive, Finding
from shield.findings.sla import sla_days
from shield.findings.transitions import Move, offers
from shield.records.models import MeasurementRecord

FORMS = {
    "start": (Move.START, forms.StartForm),
    "release": (Move.RELEASE, forms.ReleaseForm),
    "severity": (Move.SEVERITY, forms.SeverityForm),
    "due": (Move.DUE, forms.DueForm),
    "assign": (Move.ASSIGN, forms.AssignForm),
    "ticket": (Move.TICKET, forms.TicketForm),
    "comment": (Move.COMMENT, forms.CommentForm),
    "reopen": (Move.REOPEN, forms.ReopenForm),
}
"""The forms of the page, each with the move that it is."""


class FindingPage(PermissionRequired, TemplateView):
    """One finding."""

    act = "finding.view"
    template_name = "findings/finding_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The finding, the latest evidence, its history, and the forms that this user may send."""
        related = (
            "service__unit",
            "assignee",
            "first_run__version",
            "last_run__version",
            "proof__version",
        )
        finding = get_visible_or_404(
            Finding.objects.select_related(*related, "measurement__check_record__run__version"),
            self.request.user,
            "finding.view",
            pk=self.kwargs["pk"],
        )
        evidence = finding.measurement
        return super().get_context_data(**kwargs) | {
            "finding": finding,
            "sla": sla_state(finding),
            "sla_days": sla_days(severity=finding.severity, tier=finding.service.tier),
            "evidence": evidence,
            "peers": peers(evidence),
            "history": finding_history(finding),
            "timeline": finding_timeline(finding),
            "tickets": finding.tickets.filter(removed_at=None),
            **self._acts(finding),
            **self._decisions(finding),
        }

    def _acts(self, finding: Finding) -> dict[str, Any]:
        user = self.request.user
        chosen = {
            name: kind(initial=_initial(finding), prefix=None, auto_id=f"{name}-%s")
            for name, (move, kind) in FORMS.items()
            if offers(user, move, finding)
        }
        if finding.due_at <= timezone.now():
            chosen.pop("due", None)  # a date that has passed stays
        if isinstance(due := chosen.get("due"), forms.DueForm):
            due.know(finding)
        return {
            "forms": chosen,
            "can_claim": offers(user, Move.CLAIM, finding),
            "is_mine": finding.assignee_id == user.pk,
            "can_propose_acceptance": not finding.pending
            and offers(user, Move.PROPOSE_ACCEPTANCE, finding),
            "can_propose_false_positive": not finding.pending
            and offers(user, Move.PROPOSE_FALSE_POSITIVE, finding),
        }

    def _decisions(self, finding: Finding) -> dict[str, Any]:
        """The decisions made and asked for, the newest first."""
        user = self.request.user
        acceptances = list(
            Acceptance.objects.filter(finding=finding).select_related("proposer", "decider")
        )
        claims = list(
            FalsePositive.objects.filter(finding=finding).select_related("proposer", "decider")
        )
        waiting = next((c for c in claims if c.status == FalsePositiveStatus.PROPOSED), None)
        own = waiting is not None and waiting.proposer_id == user.pk
        return {
            "acceptances": acceptances,
            "claims": claims,
            "waiting_claim": waiting,
            "waiting_acceptance": next(
                (a for a in acceptances if a.status == AcceptanceStatus.PROPOSED), None
            ),
            "own_claim": own,
            "decision_form": forms.DecisionForm(initial=_initial(finding), auto_id="claim-%s")
            if waiting is not None
            else None,
            "can_decide_claim": not own and offers(user, Move.CONFIRM_FALSE_POSITIVE, finding),
            "can_withdraw_claim": offers(user, Move.WITHDRAW_FALSE_POSITIVE, finding),
        }


def _initial(finding: Finding) -> dict[str, object]:
    return {
        "seen": finding.seen_token,
        "severity": finding.severity,
        "due_at": finding.due_at.date(),
        "assignee": finding.assignee.get_username() if finding.assignee else "",
    }


def peers(evidence: MeasurementRecord) -> list[MeasurementRecord]:
    """The measurements that stand beside the failed one: same check, same columns."""
    columns = set(evidence.slice)
    rows = MeasurementRecord.objects.filter(check_record=evidence.check_record)
    return [row for row in rows if set(row.slice) == columns]

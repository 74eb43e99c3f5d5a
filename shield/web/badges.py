"""Word, colour and icon of every outcome, severity, state and tier: one table for all pages.

Not assessed, inconclusive, skipped and stale are grey, never green; failed is not errored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Badge:
    """How one value is shown."""

    label: str | Promise
    tone: str
    icon: str


OUTCOME: Final = {
    "pass": Badge(_("Pass"), "pass", "circle-check"),
    "fail": Badge(_("Fail"), "fail", "circle-x"),
    "inconclusive": Badge(_("Inconclusive"), "grey", "help-circle"),
    "error": Badge(_("Error"), "error", "bug"),
    "skipped": Badge(_("Skipped"), "hollow", "player-track-next"),
    "": Badge(_("Descriptive"), "hollow", "info-circle"),
}
RUN_OUTCOME: Final = OUTCOME | {"": Badge(_("No limit set"), "hollow", "info-circle")}
SERVICE_OUTCOME: Final = OUTCOME | {"": Badge(_("Not assessed"), "hollow", "circle-dashed")}
SEVERITY: Final = {
    "critical": Badge(_("Critical"), "critical", "alert-octagon"),
    "high": Badge(_("High"), "high", "alert-triangle"),
    "medium": Badge(_("Medium"), "medium", "alert-circle"),
    "low": Badge(_("Low"), "low", "flag"),
    "info": Badge(_("Info"), "info", "info-circle"),
}
RUN_STATE: Final = {
    "queued": Badge(_("Queued"), "grey", "clock"),
    "running": Badge(_("Running"), "info", "loader-2"),
    "finished": Badge(_("Finished"), "hollow", "check"),
    "failed": Badge(_("Failed"), "fail", "alert-circle"),
    "errored": Badge(_("Errored"), "error", "bug"),
    "cancelled": Badge(_("Cancelled"), "hollow", "player-stop"),
}
SUBMISSION_STATE: Final = RUN_STATE | {
    "registering": Badge(_("Registering"), "info", "loader-2"),
}
FINDING_STATE: Final = {
    "open": Badge(_("Open"), "fail", "flag"),
    "in_progress": Badge(_("In progress"), "info", "progress"),
    "resolved": Badge(_("Resolved"), "pass", "check"),
    "closed": Badge(_("Closed"), "pass", "lock"),
    "accepted": Badge(_("Accepted"), "grey", "thumb-up"),
    "false_positive": Badge(_("False positive"), "hollow", "eye-off"),
    "regressed": Badge(_("Regressed"), "critical", "arrow-back-up"),
    "retired": Badge(_("Service retired"), "hollow", "lock"),
}
TIER: Final = {
    "critical": Badge(_("Critical tier"), "hollow", "stack-2"),
    "high": Badge(_("High tier"), "hollow", "stack-2"),
    "moderate": Badge(_("Moderate tier"), "hollow", "stack-2"),
    "low": Badge(_("Low tier"), "hollow", "stack-2"),
}
FRESHNESS: Final = {
    "never": Badge(_("Never assessed"), "hollow", "circle-dashed"),
    "stale": Badge(_("Stale"), "grey", "clock-exclamation"),
    "fresh": Badge(_("Up to date"), "hollow", "check"),
}
MEASURED: Final = {
    "H": Badge(_("Measured, holds"), "pass", "circle-check"),
    "F": Badge(_("Measured, fails"), "fail", "circle-x"),
    "I": Badge(_("Inconclusive"), "grey", "help-circle"),
    "S": Badge(_("Stale"), "grey", "clock-exclamation"),
    "N": Badge(_("Not measured"), "hollow", "circle-dashed"),
    "X": Badge(_("No check yet"), "hollow", "circle-minus"),
}
STATED: Final = {
    "C": Badge(_("Stated"), "info", "user-check"),
    "E": Badge(_("Statement expired"), "grey", "clock-exclamation"),
    "O": Badge(_("No statement"), "hollow", "circle-dashed"),
}
STATEMENT: Final = {
    "current": STATED["C"],
    "expired": STATED["E"],
    "replaced": Badge(_("Replaced"), "hollow", "history"),
    "withdrawn": Badge(_("Withdrawn"), "hollow", "circle-x"),
}
INCIDENT_STATE: Final = {
    "reported": Badge(_("Reported"), "fail", "flag"),
    "investigating": Badge(_("Investigating"), "info", "progress"),
    "contained": Badge(_("Contained"), "medium", "shield-half"),
    "closed": Badge(_("Closed"), "hollow", "lock"),
}
NOTIFICATION: Final = {
    "unknown": Badge(_("Not decided"), "grey", "help-circle"),
    "not_needed": Badge(_("Not needed"), "hollow", "circle-minus"),
    "needed": Badge(_("Needed"), "high", "alert-triangle"),
    "done": Badge(_("Notified"), "pass", "check"),
}
ACCEPTANCE: Final = {
    "proposed": Badge(_("Proposed"), "info", "help-circle"),
    "active": Badge(_("Active"), "grey", "thumb-up"),
    "rejected": Badge(_("Rejected"), "hollow", "circle-x"),
    "expired": Badge(_("Expired"), "hollow", "clock-exclamation"),
    "withdrawn": Badge(_("Withdrawn"), "hollow", "arrow-back-up"),
    "confirmed": Badge(_("Confirmed"), "grey", "eye-off"),
}
PENDING: Final = {
    "acceptance": Badge(_("Acceptance waits"), "info", "help-circle"),
    "false_positive": Badge(_("False positive waits"), "info", "help-circle"),
}
SLA: Final = {
    "on_time": Badge(_("On time"), "hollow", "clock"),
    "due_soon": Badge(_("Due soon"), "medium", "clock"),
    "overdue": Badge(_("Overdue"), "fail", "clock-exclamation"),
    "met": Badge(_("Met"), "pass", "check"),
    "missed": Badge(_("Missed"), "fail", "clock-exclamation"),
    "decided": Badge(_("Decided"), "grey", "clock-pause"),
}

DECISION: Final = {
    "proposed": Badge(_("Proposed"), "info", "clock"),
    "approved": Badge(_("Approved"), "pass", "check"),
    "applied": Badge(_("In force"), "pass", "check"),
    "rejected": Badge(_("Rejected"), "fail", "x"),
    "withdrawn": Badge(_("Withdrawn"), "hollow", "arrow-back-up"),
    "replaced": Badge(_("Ended"), "hollow", "history"),
}
DIRECTION: Final = {
    "looser": Badge(_("Looser"), "high", "chevron-down"),
    "tighter": Badge(_("Tighter"), "info", "chevron-up"),
    "both": Badge(_("Looser and tighter"), "medium", "arrows-sort"),
}
BACKTEST: Final = {
    "queued": Badge(_("Queued"), "grey", "clock"),
    "running": Badge(_("Running"), "info", "loader-2"),
    "done": Badge(_("Done"), "hollow", "check"),
    "failed": Badge(_("Failed"), "error", "bug"),
}
AI_ACT: Final = {
    "prohibited": Badge(_("Prohibited practice"), "critical", "alert-octagon"),
    "high_risk": Badge(_("High-risk (Annex III)"), "high", "alert-triangle"),
    "limited": Badge(_("Transparency duties"), "low", "info-circle"),
    "minimal": Badge(_("Not high-risk"), "hollow", "check"),
}

BADGES: Final = {
    "decision": DECISION,
    "direction": DIRECTION,
    "backtest": BACKTEST,
    "ai_act": AI_ACT,
    "acceptance": ACCEPTANCE,
    "pending": PENDING,
    "sla": SLA,
    "incident_state": INCIDENT_STATE,
    "notification": NOTIFICATION,
    "measured": MEASURED,
    "stated": STATED,
    "statement": STATEMENT,
    "outcome": OUTCOME,
    "run_outcome": RUN_OUTCOME,
    "service_outcome": SERVICE_OUTCOME,
    "severity": SEVERITY,
    "run_state": RUN_STATE,
    "submission_state": SUBMISSION_STATE,
    "finding_state": FINDING_STATE,
    "tier": TIER,
    "freshness": FRESHNESS,
}

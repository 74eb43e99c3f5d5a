"""States of a finding, the acts that its timeline shows, and the short lists of reasons."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FindingState(models.TextChoices):
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    ACCEPTED = "accepted", _("Accepted")
    FALSE_POSITIVE = "false_positive", _("False positive")
    REGRESSED = "regressed", _("Regressed")
    RETIRED = "retired", _("Service retired")

    @classmethod
    def active(cls) -> list[FindingState]:
        """States that still ask for work."""
        return [cls.OPEN, cls.IN_PROGRESS, cls.REGRESSED]

    @classmethod
    def unproven(cls) -> list[FindingState]:
        """States in which no run has shown that the failure is gone."""
        return [*cls.active(), cls.ACCEPTED, cls.FALSE_POSITIVE]


class TimelineAct(models.TextChoices):
    OPENED = "opened", _("Opened")
    SEEN = "seen", _("Seen again")
    RESOLVED = "resolved", _("Resolved by proof")
    CLOSED = "closed", _("Closed by proof")
    REGRESSED = "regressed", _("Regressed")
    STATE = "state", _("State changed")
    ASSIGNED = "assigned", _("Assigned")
    SEVERITY = "severity", _("Severity changed")
    DUE = "due", _("Due date changed")
    COMMENT = "comment", _("Commented")
    TICKET = "ticket", _("Ticket linked")
    TICKET_REMOVED = "ticket_removed", _("Ticket unlinked")
    ACCEPTANCE_PROPOSED = "acceptance_proposed", _("Acceptance proposed")
    ACCEPTANCE_APPROVED = "acceptance_approved", _("Acceptance approved")
    ACCEPTANCE_REJECTED = "acceptance_rejected", _("Acceptance rejected")
    ACCEPTANCE_WITHDRAWN = "acceptance_withdrawn", _("Acceptance withdrawn")
    ACCEPTANCE_EXPIRING = "acceptance_expiring", _("Acceptance ends soon")
    ACCEPTANCE_EXPIRED = "acceptance_expired", _("Acceptance expired")
    MITIGATION_DUE = "mitigation_due", _("Repair was due")
    WORSE = "worse", _("Worse than accepted")
    FALSE_POSITIVE_PROPOSED = "fp_proposed", _("Called a false positive")
    FALSE_POSITIVE_CONFIRMED = "fp_confirmed", _("False positive confirmed")
    FALSE_POSITIVE_REJECTED = "fp_rejected", _("False positive rejected")
    FALSE_POSITIVE_WITHDRAWN = "fp_withdrawn", _("False positive withdrawn")
    REOPENED = "reopened", _("Opened again")
    RETIRED = "retired", _("Service retired")
    RESTORED = "restored", _("Service restored")


class Pending(models.TextChoices):
    """What a second person has to decide about a finding; empty when there is nothing."""

    ACCEPTANCE = "acceptance", _("Acceptance")
    FALSE_POSITIVE = "false_positive", _("False positive")


class AcceptanceStatus(models.TextChoices):
    """Approval takes effect at once, so an approved acceptance is active."""

    PROPOSED = "proposed", _("Proposed")
    ACTIVE = "active", _("Active")
    REJECTED = "rejected", _("Rejected")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class EndReason(models.TextChoices):
    """Why a proposal or an acceptance no longer stands."""

    EXPIRED = "expired", _("its date has come")
    PERSON = "person", _("a person withdrew it")
    RETIRED = "retired", _("its service was retired")
    REPLACED = "replaced", _("a newer acceptance took its place")
    RESOLVED = "resolved", _("a run proved the finding resolved")
    WORSE = "worse", _("a run measured a materially worse value")
    GRAVER = "graver", _("a run measured a graver severity")
    LAPSED = "lapsed", _("nobody decided before its date")
    REOPENED = "reopened", _("a person opened the finding again")


class Treatment(models.TextChoices):
    """What is done about the risk while it is accepted."""

    ACCEPT = "accept", _("Accept as it is")
    MITIGATE = "mitigate", _("Mitigate by a date")
    TRANSFER = "transfer", _("Transfer to somebody else")
    AVOID = "avoid", _("Avoid: the use ends")


class AcceptanceReason(models.TextChoices):
    CONTROLS = "controls", _("Other controls keep the harm small")
    MITIGATION_PLANNED = "mitigation_planned", _("The repair is planned and needs time")
    JUSTIFIED = "justified", _("The difference has a legitimate reason")
    LIMITED_USE = "limited_use", _("The service is used in a narrow way")
    RETIRING = "retiring", _("The service will be retired")
    COST = "cost", _("The repair would do more harm than the failure")
    OTHER = "other", _("Something else")


class FalsePositiveStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    CONFIRMED = "confirmed", _("Confirmed")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class FalsePositiveReason(models.TextChoices):
    WRONG_LABEL = "wrong_label", _("The labels are wrong")
    DATA_ERROR = "data_error", _("The data is wrong")
    NOT_APPLICABLE = "not_applicable", _("The slice does not apply to this service")
    MEASUREMENT_ERROR = "measurement_error", _("It was measured wrongly")
    OTHER = "other", _("Something else")


class StartReason(models.TextChoices):
    INVESTIGATE = "investigate", _("Look for the cause")
    RETRAIN = "retrain", _("Train again or change the model")
    DATA = "data", _("Mend the data")
    PROCESS = "process", _("Change how it is used")
    OTHER = "other", _("Something else")


class AssignReason(models.TextChoices):
    HANDOVER = "handover", _("Somebody else takes the work")
    LEFT = "left", _("The owner has left or is away")
    EXPERT = "expert", _("They know the matter best")
    WORKLOAD = "workload", _("The work is shared out")
    OTHER = "other", _("Something else")


class ReleaseReason(models.TextChoices):
    BLOCKED = "blocked", _("Waiting for somebody else")
    PRIORITY = "priority", _("Something else comes first")
    HANDOVER = "handover", _("Somebody else takes it")
    OTHER = "other", _("Something else")


class ReopenReason(models.TextChoices):
    NEW_EVIDENCE = "new_evidence", _("There is new evidence")
    MISTAKE = "mistake", _("The decision was a mistake")
    CHANGED = "changed", _("The circumstances changed")
    OTHER = "other", _("Something else")


class SeverityReason(models.TextChoices):
    EXPOSURE = "exposure", _("Few or many people are affected")
    CONTROLS = "controls", _("Other controls limit or widen the harm")
    IMPACT = "impact", _("The harm to a person is smaller or larger")
    OTHER = "other", _("Something else")


class DueReason(models.TextChoices):
    RELEASE = "release", _("The repair is in a planned release")
    DATA = "data", _("Waiting for data")
    THIRD_PARTY = "third_party", _("Waiting for a supplier")
    URGENT = "urgent", _("It has become more urgent")
    OTHER = "other", _("Something else")


class ClockResult(models.TextChoices):
    """How a clock ended; empty while it runs."""

    MET = "met", _("Met")
    MISSED = "missed", _("Missed")


class SlaState(models.TextChoices):
    ON_TIME = "on_time", _("On time")
    DUE_SOON = "due_soon", _("Due within 7 days")
    OVERDUE = "overdue", _("Overdue")
    MET = "met", _("Met")
    MISSED = "missed", _("Missed")
    DECIDED = "decided", _("Covered by a decision")


REASONS: dict[str, type[models.TextChoices]] = {
    "start": StartReason,
    "assign": AssignReason,
    "release": ReleaseReason,
    "reopen": ReopenReason,
    "severity": SeverityReason,
    "due": DueReason,
    "acceptance": AcceptanceReason,
    "false_positive": FalsePositiveReason,
}
"""The short list of each act that asks for a reason."""


_LISTS_OF_ACT: dict[str, tuple[str, ...]] = {
    TimelineAct.STATE: ("start", "release"),
    TimelineAct.ASSIGNED: ("assign",),
    TimelineAct.REOPENED: ("reopen",),
    TimelineAct.SEVERITY: ("severity",),
    TimelineAct.DUE: ("due",),
    TimelineAct.FALSE_POSITIVE_PROPOSED: ("false_positive",),
    TimelineAct.FALSE_POSITIVE_CONFIRMED: ("false_positive",),
}
"""The lists that an act's reason is from; acts about acceptances are the rest."""


def reason_label(value: str, act: str = "") -> str:
    """A reason in words, by the list of the act: lists share values, not words. Else as it is."""
    first = _LISTS_OF_ACT.get(act, ("acceptance",))
    for name in (*first, *REASONS):
        if value in REASONS[name].values:
            return str(REASONS[name](value).label)
    return value

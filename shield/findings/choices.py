"""States of a finding and the acts that its timeline shows."""

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

    @classmethod
    def active(cls) -> list[FindingState]:
        """States that still ask for work."""
        return [cls.OPEN, cls.IN_PROGRESS, cls.REGRESSED]


class TimelineAct(models.TextChoices):
    OPENED = "opened", _("Opened")
    SEEN = "seen", _("Seen again")
    RESOLVED = "resolved", _("Resolved by proof")
    CLOSED = "closed", _("Closed by proof")
    REGRESSED = "regressed", _("Regressed")
    STATE = "state", _("State changed")
    ASSIGNED = "assigned", _("Assigned")
    SEVERITY = "severity", _("Severity changed")
    COMMENT = "comment", _("Commented")

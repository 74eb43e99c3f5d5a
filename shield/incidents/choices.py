"""States of an incident, what it did, and whether an authority must know."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class IncidentState(models.TextChoices):
    REPORTED = "reported", _("Reported")
    INVESTIGATING = "investigating", _("Investigating")
    CONTAINED = "contained", _("Contained")
    CLOSED = "closed", _("Closed")

    @classmethod
    def active(cls) -> list[IncidentState]:
        """States that still ask for work."""
        return [cls.REPORTED, cls.INVESTIGATING, cls.CONTAINED]


class Harm(models.TextChoices):
    """The gravest thing that it did, in the words of serious-incident rules."""

    NONE = "none", _("No serious harm")
    RIGHTS = "rights", _("Breach of fundamental rights, e.g. unlawful discrimination")
    HEALTH = "health", _("Serious harm to somebody's health")
    PROPERTY = "property", _("Serious harm to property or the environment")
    DEATH = "death", _("Death of a person")
    INFRASTRUCTURE = "infrastructure", _("Serious disruption of critical infrastructure")
    WIDESPREAD = "widespread", _("Widespread infringement in several countries")


class Notification(models.TextChoices):
    UNKNOWN = "unknown", _("Not decided yet")
    NOT_NEEDED = "not_needed", _("Not needed")
    NEEDED = "needed", _("Needed")
    DONE = "done", _("Done")


class IncidentAct(models.TextChoices):
    REPORTED = "reported", _("Reported")
    STATE = "state", _("State changed")
    CHANGED = "changed", _("Facts changed")
    COMMENT = "comment", _("Commented")


REASONS = (
    ("confirmed", _("It is confirmed")),
    ("cause_known", _("The cause is known")),
    ("fixed", _("It is fixed or switched off")),
    ("done", _("All actions are done")),
    ("again", _("It happened again, or the cause was another")),
    ("other", _("Another reason")),
)
"""Why a state changes."""

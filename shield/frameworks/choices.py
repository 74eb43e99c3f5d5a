"""What a statement is about, and the states of coverage as words for filters."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from shield.frameworks.coverage import Measured, Stated


class Scope(models.TextChoices):
    SERVICE = "service", _("This service")
    UNIT = "unit", _("Every service of the business unit")
    ORGANISATION = "organisation", _("Every service of the organisation")


MEASURED_NAMES: Final = {
    Measured.HOLDS: "holds",
    Measured.FAILS: "fails",
    Measured.INCONCLUSIVE: "inconclusive",
    Measured.STALE: "stale",
    Measured.UNMEASURED: "not_measured",
    Measured.NO_CHECK: "no_check",
    Measured.NOT_ASKED: "not_asked",
}
"""State of measuring → its name in the API and in addresses."""

STATED_NAMES: Final = {
    Stated.CURRENT: "current",
    Stated.EXPIRED: "expired",
    Stated.NOTHING: "nothing",
    Stated.NOT_ASKED: "not_asked",
}

STATE_CHOICES: Final = [
    ("measured:holds", _("Measured: holds")),
    ("measured:fails", _("Measured: fails")),
    ("measured:inconclusive", _("Measured: inconclusive")),
    ("measured:stale", _("Measured: stale")),
    ("measured:not_measured", _("Not measured")),
    ("measured:no_check", _("No check measures it yet")),
    ("stated:current", _("Statement: current")),
    ("stated:expired", _("Statement: expired")),
    ("stated:nothing", _("No statement")),
]
"""What a list of services can be asked of one requirement."""

"""What lists and heat maps read of a service, kept beside it so that nothing is added up while one waits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from shield.accounts.models import BusinessUnit
from shield.records.choices import OutcomeChoice, SeverityChoice
from shield.records.models import Run
from shield.registry.models import OfService, Service, Version
from shield.risk.appetite.models import Appetite
from shield.risk.policies.models import (
    PolicyChange,
    PolicyException,
    PolicyReview,
    PolicyVersion,
)
from shield.risk.tiering.models import TieringAssessment

__all__ = [
    "Appetite",
    "DayFigures",
    "PolicyChange",
    "PolicyException",
    "PolicyReview",
    "PolicyVersion",
    "Standing",
    "TieringAssessment",
]


class Standing(OfService, models.Model):
    """Where a service stands: derived, one row a service, refreshed in the transaction of each change.

    What depends on the present moment (overdue, stale) is not stored: queries compare `next_due_at`
    and `last_finished_at` with now.
    """

    service = models.OneToOneField(
        Service, on_delete=models.CASCADE, primary_key=True, related_name="standing"
    )
    # the last finished run of the newest version that has one: an older one never stands in for it
    last_run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    last_outcome = models.CharField(max_length=12, choices=OutcomeChoice, null=True)
    last_finished_at = models.DateTimeField(null=True)
    newest_version = models.ForeignKey(
        Version, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    newest_assessed = models.BooleanField(default=False)
    # of the last run: planned (with what the tier asks for and nobody planned: left_out), measured, …
    coverage = models.JSONField(default=dict)
    # pillar → {"outcome", "planned", "measured", "run", "version", "at", "superseded", "fresh_until"}:
    # of the newest version that has it, the newest finished run
    pillars = models.JSONField(default=dict)
    critical = models.PositiveIntegerField(default=0)  # active findings by severity
    high = models.PositiveIntegerField(default=0)
    medium = models.PositiveIntegerField(default=0)
    low = models.PositiveIntegerField(default=0)
    info = models.PositiveIntegerField(default=0)
    active = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True)  # the earliest due date of an active finding
    score = models.FloatField(null=True)
    score_reasons = models.JSONField(default=list)
    # Until when the evidence holds; null: it does not, as `superseded` or a missing run says.
    fresh_until = models.DateTimeField(null=True)
    superseded = models.CharField(
        max_length=10, blank=True, default=""
    )  # "", version, data, manifest
    in_breach = models.BooleanField(default=False)  # of the unit's appetite
    breaches = models.JSONField(default=list)  # [{"limit", "allowed", "value"}]
    refreshed_at = models.DateTimeField(default=timezone.now)  # as of then it is right

    class Meta:
        indexes = [
            models.Index(fields=["-score"]),
            models.Index(fields=["last_outcome"]),
            models.Index(fields=["last_finished_at"]),
            models.Index(fields=["next_due_at"]),
            models.Index(fields=["fresh_until"], name="risk_standing_fresh_idx"),
            models.Index(fields=["in_breach"], name="risk_standing_breach_idx"),
        ]

    def __str__(self) -> str:
        return f"standing of {self.service_id}"


class DayFigures(models.Model):
    """How many findings of one unit and severity there were at the end of a day (or now, for today).

    Charts over time read these rows; past days are never rewritten. `reconstructed`: a day from
    before this table was kept, or on which nothing ran, rebuilt from the present dates of the
    findings, so that a finding that was resolved and came back counts only since it came back.
    """

    unit_path: ClassVar[str] = "unit"

    day = models.DateField()
    unit = models.ForeignKey(BusinessUnit, on_delete=models.CASCADE, related_name="+")
    severity = models.CharField(max_length=10, choices=SeverityChoice)
    active = models.PositiveIntegerField(default=0)
    overdue = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)  # on this day, regressions included
    resolved = models.PositiveIntegerField(default=0)  # on this day
    due = models.PositiveIntegerField(default=0)  # due on this day, decided-on ones left out
    due_kept = models.PositiveIntegerField(default=0)  # of those, resolved by then
    # the active ones by age since they were opened: up to 7, 30, 90, 180 days, and older
    age_7 = models.PositiveIntegerField(default=0)
    age_30 = models.PositiveIntegerField(default=0)
    age_90 = models.PositiveIntegerField(default=0)
    age_180 = models.PositiveIntegerField(default=0)
    age_older = models.PositiveIntegerField(default=0)
    reconstructed = models.BooleanField(default=False)
    refreshed_at = models.DateTimeField(default=timezone.now)  # what came later is not counted

    class Meta:
        ordering = ["day", "unit", "severity"]
        constraints = [
            models.UniqueConstraint(fields=["day", "unit", "severity"], name="figures_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.unit_id} {self.severity}"

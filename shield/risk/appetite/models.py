"""How much risk a business unit is willing to bear: versions of limits, each approved by a second person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shield.accounts.four_eyes import Proposal, four_eyes_constraint
from shield.accounts.models import BusinessUnit


class AppetiteState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("In force")
    REPLACED = "replaced", _("Replaced")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Appetite(Proposal):
    """One proposal of a unit's limits; an approved one is in force until the next is approved.

    A limit that is empty is none. `base` is the version in force when it was proposed.
    """

    unit_path: ClassVar[str] = "unit"

    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="appetites")
    number = models.PositiveIntegerField(null=True)  # given on approval: 1, 2, 3 …
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=AppetiteState, default=AppetiteState.PROPOSED)
    max_score = models.FloatField(null=True, blank=True)
    max_critical = models.PositiveIntegerField(null=True, blank=True)
    max_high = models.PositiveIntegerField(null=True, blank=True)
    min_coverage = models.FloatField(null=True, blank=True)  # a share, 0 … 1
    max_age_days = models.PositiveIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            four_eyes_constraint("appetite_four_eyes"),
            models.UniqueConstraint(fields=["unit", "number"], name="appetite_number"),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(state="approved"), name="appetite_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"appetite of {self.unit}"

    def get_absolute_url(self) -> str:
        return reverse("appetite", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Still to be decided."""
        return self.state == AppetiteState.PROPOSED

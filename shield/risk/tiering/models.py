"""Why a service has its tier: answered questionnaires."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shield.accounts.four_eyes import Proposal, four_eyes_constraint
from shield.registry.choices import Tier
from shield.registry.models import OfService, Service


class TieringState(models.TextChoices):
    APPLIED = "applied", _("In force")  # raised or kept the tier: at once
    PROPOSED = "proposed", _("Proposed")  # would lower it: a second person decides
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @classmethod
    def settled(cls) -> list[TieringState]:
        """States in which the assessment says why the tier is what it is."""
        return [cls.APPLIED, cls.APPROVED]


class TieringAssessment(OfService, Proposal):
    """The answers to one version of the questionnaire, and what follows from them.

    `result` is what the evaluation said then (levels, score, floors, EU AI Act), so that a later
    questionnaire never rewrites it.
    """

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="tierings")
    questionnaire = models.CharField(max_length=20)
    answers = models.JSONField()
    result = models.JSONField()
    tier = models.CharField(max_length=10, choices=Tier)  # that the answers lead to
    tier_before = models.CharField(max_length=10, choices=Tier)
    state = models.CharField(max_length=10, choices=TieringState)
    review_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [four_eyes_constraint("tiering_four_eyes")]
        indexes = [models.Index(fields=["service", "-id"])]

    def __str__(self) -> str:
        return f"tiering {self.pk} of {self.service}"

    def get_absolute_url(self) -> str:
        return reverse("tiering", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Waits for a second person."""
        return self.state == TieringState.PROPOSED

    @property
    def governed_tier(self) -> str:
        """The graver of both tiers bounds who may decide: lowering is asked where it stands now."""
        order = Tier.values
        return max(self.tier, str(self.service.tier), key=order.index)

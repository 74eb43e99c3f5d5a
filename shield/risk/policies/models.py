"""Policies as rows: versions that never change, proposals to change them, exceptions with an end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shield.accounts.four_eyes import Proposal, four_eyes_constraint
from shield.audit.append_only import AppendOnly, AppendOnlyModel
from shield.evidence.measurement import Threshold
from shield.evidence.policy import Policy
from shield.registry.choices import Tier
from shield.registry.models import OfService, Service


class Origin(models.TextChoices):
    """Where a version comes from."""

    RELEASE = "release", _("The product's defaults")
    CHANGE = "change", _("An approved change")


class ChangeState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class BacktestState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class PolicyVersion(AppendOnlyModel):
    """One version of a tier's policy. The newest one of a tier is in force.

    `document` is `Policy.as_json()`, the identity that runs snapshot; `cadence_days` (how old evidence
    may become) and the review belong to the version and judge nothing.
    """

    unit_path: ClassVar[str] = ""

    tier = models.CharField(max_length=10, choices=Tier)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    cadence_days = models.PositiveIntegerField()
    review_days = models.PositiveIntegerField(default=365)
    valid_from = models.DateTimeField(default=timezone.now)
    origin = models.CharField(max_length=10, choices=Origin)
    change = models.OneToOneField(
        "PolicyChange", null=True, on_delete=models.PROTECT, related_name="made"
    )
    made_by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["tier", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["tier", "number"], name="policy_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.tier} tier policy, version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("policy-version", args=[self.tier, self.number])

    @property
    def policy(self) -> Policy:
        """The rules as a value."""
        return Policy.from_json(self.document)

    @property
    def unit_id(self) -> None:
        """A tier's policy belongs to the whole organisation."""
        return None

    @property
    def governed_tier(self) -> str:
        """The tier that bounds who may decide about it."""
        return str(self.tier)


class PolicyReview(AppendOnlyModel):
    """Somebody has looked at a version and found that it may stay, until the next review."""

    unit_path: ClassVar[str] = ""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField()
    next_review_at = models.DateTimeField()

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"review of {self.version}"


class BacktestedProposal(Proposal):
    """A proposal about limits: re-judged on the past, then decided by a second person."""

    state = models.CharField(max_length=10, choices=ChangeState, default=ChangeState.PROPOSED)
    backtest_state = models.CharField(
        max_length=10, choices=BacktestState, default=BacktestState.QUEUED
    )
    backtest_days = models.PositiveIntegerField(default=180)
    backtest_progress = models.FloatField(default=0.0)  # 0 … 1
    backtest_at = models.DateTimeField(null=True, blank=True)
    backtest = models.JSONField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Still to be decided."""
        return self.state == ChangeState.PROPOSED


class PolicyChange(BacktestedProposal):
    """What somebody wants a tier's policy to become; `base` is the version it was made against."""

    unit_path: ClassVar[str] = ""

    tier = models.CharField(max_length=10, choices=Tier)
    base = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="changes")
    document = models.JSONField()  # Policy.as_json() with the name and version of the base
    cadence_days = models.PositiveIntegerField()
    review_days = models.PositiveIntegerField(default=365)

    class Meta:
        ordering = ["-id"]
        constraints = [four_eyes_constraint("policy_change_four_eyes")]
        indexes = [models.Index(fields=["state", "-id"])]

    def __str__(self) -> str:
        return f"{self.label} {self.tier} tier"

    @property
    def label(self) -> str:
        """The stable id that people say: POL-12."""
        return f"POL-{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("policy-change", args=[self.pk])

    @property
    def proposed(self) -> Policy:
        """The proposed rules as a value."""
        return Policy.from_json(self.document)

    @property
    def unit_id(self) -> None:
        """A tier's policy belongs to the whole organisation."""
        return None

    @property
    def governed_tier(self) -> str:
        """The tier that bounds who may decide about it."""
        return str(self.tier)


class PolicyException(OfService, BacktestedProposal):
    """A limit of one check, other than the tier's, for one service and until a day.

    `base` is the version of the tier's policy that it was proposed against.
    """

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="policy_exceptions")
    base = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="exceptions")
    check_id = models.CharField(max_length=100)
    threshold_min = models.FloatField(null=True, blank=True)
    threshold_max = models.FloatField(null=True, blank=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # before its time, or noticed as expired

    class Meta:
        ordering = ["-id"]
        constraints = [
            four_eyes_constraint("policy_exception_four_eyes"),
            models.UniqueConstraint(
                fields=["service", "check_id"],
                condition=Q(state=ChangeState.APPROVED, ended_at=None),
                name="policy_exception_one_in_force",
            ),
        ]
        indexes = [models.Index(fields=["service", "state"])]

    def __str__(self) -> str:
        return f"{self.label} {self.check_id} of {self.service}"

    @property
    def label(self) -> str:
        """The stable id that people say: EXC-12."""
        return f"EXC-{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("policy-exception", args=[self.pk])

    @property
    def threshold(self) -> Threshold:
        """The limit that would hold instead of the tier's."""
        return Threshold(self.threshold_min, self.threshold_max)

    @property
    def tier(self) -> str:
        """The tier whose policy it departs from."""
        return str(self.base.tier)

    def is_in_force(self, at: datetime | None = None) -> bool:
        """Approved, not ended and not expired."""
        now = at or timezone.now()
        return (
            self.state == ChangeState.APPROVED and self.ended_at is None and self.expires_at > now
        )

    @property
    def days(self) -> int:
        """How long it was to last, from the proposal."""
        return (self.expires_at - self.proposed_at) // timedelta(days=1)

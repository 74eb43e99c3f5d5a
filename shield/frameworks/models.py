"""Signed statements, and the coverage that lists read."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from shield.accounts.models import BusinessUnit
from shield.frameworks.choices import Scope
from shield.registry.models import OfService, Service


class Statement(models.Model):
    """What a person signed about a requirement: for a service, a business unit or the organisation.

    Rows are never changed, but for being withdrawn. A newer version replaces the older ones; each
    keeps who signed it and in which role, the digest of its text, and the audit event that is its
    signature. `unit` is the business unit that it concerns, null for the whole organisation.
    """

    unit_path: ClassVar[str] = "unit"

    framework = models.CharField(max_length=40)
    requirement = models.CharField(max_length=30)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="statements"
    )
    unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="statements"
    )
    about = models.CharField(max_length=40)  # "service:12", "unit:3" or "organisation"
    version = models.PositiveIntegerField()
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="statements"
    )
    signer_name = models.CharField(max_length=200)
    signer_role = models.CharField(max_length=20)
    signed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)
    withdrawal_reason = models.TextField(blank=True)
    event = models.BigIntegerField(null=True)  # a number that survives, like all of the audit trail

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["service", "framework"]),
            models.Index(fields=["expires_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(service=None) | Q(unit__isnull=False), name="statement_service_has_unit"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("signed_at")), name="statement_expires"
            ),
            models.UniqueConstraint(
                fields=["framework", "requirement", "about", "version"],
                name="statement_version_once",
            ),
        ]

    def __str__(self) -> str:
        about = self.service or self.unit or "the organisation"
        return f"{self.framework} {self.requirement} for {about}, version {self.version}"

    @property
    def scope(self) -> Scope:
        """What it is about."""
        if self.service_id:
            return Scope.SERVICE
        return Scope.UNIT if self.unit_id else Scope.ORGANISATION

    @property
    def state(self) -> str:
        """`current`, `expired`, `replaced` or `withdrawn`."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.replaced_at:
            return "replaced"
        return "current" if self.expires_at > timezone.now() else "expired"

    def get_absolute_url(self) -> str:
        return reverse("statement-detail", args=[self.pk])

    @property
    def governed_tier(self) -> str:
        """The tier that bounds who may decide about it; of a unit or all: none."""
        return str(self.service.tier) if self.service else ""


class CoverageRow(OfService, models.Model):
    """Coverage of one framework by one service, as it was computed last: for lists and totals.

    Derived, never edited. It is due when `due_at` has come: something changed, or evidence grew old.
    `measured` and `stated` hold one letter a requirement (see `shield.frameworks.coverage`), in the
    order of the file whose digest is `framework_sha256`.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="coverage")
    framework = models.CharField(max_length=40)
    framework_sha256 = models.CharField(max_length=64, blank=True)
    measured = models.CharField(max_length=300, blank=True)
    stated = models.CharField(max_length=300, blank=True)
    total = models.PositiveIntegerField(default=0)
    holds = models.PositiveIntegerField(default=0)
    fails = models.PositiveIntegerField(default=0)
    inconclusive = models.PositiveIntegerField(default=0)
    stale = models.PositiveIntegerField(default=0)
    signed = models.PositiveIntegerField(default=0)
    expired = models.PositiveIntegerField(default=0)
    gaps = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # null: nothing changes by time alone
    computed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["service__name", "framework"]
        indexes = [
            models.Index(fields=["framework", "-gaps"]),
            models.Index(fields=["due_at"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["service", "framework"], name="coverage_once")
        ]

    def __str__(self) -> str:
        return f"{self.framework} by {self.service_id}"

    def get_absolute_url(self) -> str:
        return reverse("service-framework", args=[self.service.slug, self.framework])

"""A finding: a failed measurement with an identity, an owner and a clock."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from shield.common.models import Timed
from shield.findings.choices import FindingState, TimelineAct
from shield.records.choices import SeverityChoice
from shield.records.models import MeasurementRecord, Run
from shield.registry.models import OfService, Service


class Finding(OfService, Timed):
    """Identity = SHA-256 of (service, check id, check major version, slice): one row per identity."""

    fingerprint = models.CharField(max_length=64, unique=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="findings")
    check_id = models.CharField(max_length=100)
    check_major = models.CharField(max_length=10)
    pillar = models.CharField(max_length=20)
    slice = models.JSONField(default=dict)
    slice_key = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=16, choices=FindingState, default=FindingState.OPEN)
    severity = models.CharField(max_length=10, choices=SeverityChoice)
    policy_severity = models.CharField(max_length=10, choices=SeverityChoice)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    first_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    last_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    measurement = models.ForeignKey(MeasurementRecord, on_delete=models.PROTECT, related_name="+")
    proof = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["service", "state"]),
            models.Index(fields=["state", "due_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}"

    @property
    def label(self) -> str:
        """The stable id that people say: FND-12."""
        return f"FND-{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("finding-detail", args=[self.pk])


class TimelineEntry(models.Model):
    """One thing that happened to a finding; never changed, never deleted."""

    unit_path: ClassVar[str] = "finding__service__unit"

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=200)
    act = models.CharField(max_length=12, choices=TimelineAct)
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16, blank=True)
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    measurement = models.ForeignKey(
        MeasurementRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.act}"

"""An incident: what happened in use, on which version, whom it harmed, and what was learned."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from shield.common.models import Timed
from shield.findings.models import Finding
from shield.incidents.choices import Harm, IncidentAct, IncidentState, Notification
from shield.records.choices import SeverityChoice
from shield.registry.choices import Environment
from shield.registry.models import OfService, Service, Version


class Incident(OfService, Timed):
    """One incident of one service. Nothing of it is ever deleted."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="incidents")
    title = models.CharField(max_length=200)
    what_happened = models.TextField()
    severity = models.CharField(max_length=10, choices=SeverityChoice)
    state = models.CharField(max_length=14, choices=IncidentState, default=IncidentState.REPORTED)
    noticed_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    environment = models.CharField(max_length=20, choices=Environment)
    version = models.ForeignKey(
        Version, null=True, blank=True, on_delete=models.PROTECT, related_name="incidents"
    )
    findings = models.ManyToManyField(Finding, blank=True, related_name="incidents")
    harm = models.CharField(max_length=14, choices=Harm, default=Harm.NONE)
    people_harmed = models.PositiveIntegerField(null=True, blank=True)  # an estimate
    notification = models.CharField(
        max_length=10, choices=Notification, default=Notification.UNKNOWN
    )
    notify_by = models.DateTimeField(null=True, blank=True)
    notified_at = models.DateTimeField(null=True, blank=True)
    authority = models.CharField(max_length=200, blank=True)
    root_cause = models.TextField(blank=True)
    corrective_actions = models.TextField(blank=True)
    lessons = models.TextField(blank=True)
    reported_by = models.CharField(max_length=200)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL,
        related_name="managed_incidents",
    )  # fmt: skip
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["service", "state"]),
            models.Index(fields=["state", "notify_by"]),
            models.Index(fields=["-noticed_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(started_at=None) | Q(ended_at__gte=F("started_at")),
                name="incident_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (~Q(lessons="") & ~Q(root_cause="")),
                name="incident_closed_with_lessons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}"

    @property
    def label(self) -> str:
        """The stable id that people say: INC-12."""
        return f"INC-{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("incident-detail", args=[self.pk])


class IncidentEntry(models.Model):
    """One thing that happened to an incident; never changed, never deleted."""

    unit_path: ClassVar[str] = "incident__service__unit"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=200)
    act = models.CharField(max_length=10, choices=IncidentAct)
    from_state = models.CharField(max_length=14, blank=True)
    to_state = models.CharField(max_length=14, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.act}"

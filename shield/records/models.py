"""Runs, check records and measurements: what was measured, when, on what, by which policy."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.urls import reverse

from shield.records.choices import OutcomeChoice, RunKind, RunState, SeverityChoice
from shield.registry.models import Dataset, OfService, Service, Version


class Run(OfService, models.Model):
    """One execution of a plan on a version. The row is the truth; the queue is only a hint.

    `plan` lists the checks with their parameters; `inputs` is what the manifest said of model and
    data and how groups were frozen; `policy` is the snapshot of the thresholds that judged it: a
    later change of any of them never rewrites the past, nor a run that is resumed.

    A run of kind `pushed` was never executed here: it holds what `source`, another tool, measured and
    sent. It says nothing of the checks that it did not bring.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="runs")
    datasets = models.ManyToManyField(Dataset, related_name="runs")
    kind = models.CharField(max_length=10, choices=RunKind, default=RunKind.ASSESSED)
    source = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    plan = models.JSONField()
    inputs = models.JSONField(default=dict)
    policy = models.JSONField()
    policy_sha256 = models.CharField(max_length=64)
    seed = models.BigIntegerField(default=0)
    requested_by = models.CharField(max_length=200)
    queued_at = models.DateTimeField(auto_now_add=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)  # the last message sent for it
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    progress = models.FloatField(default=0.0)  # 0 … 1
    phase = models.CharField(max_length=200, blank=True)
    error = models.JSONField(null=True, blank=True)  # {"code", "message", "hint"}
    outcome = models.CharField(max_length=12, choices=OutcomeChoice, null=True, blank=True)
    pillars = models.JSONField(default=dict)  # {"fairness": "fail", …}
    coverage = models.JSONField(default=dict)  # {"planned", "measured", "skipped", "error"}
    # Checks that the tier asks for and that fit the task, but that the manifest did not ask for.
    left_out = models.JSONField(default=list)
    gate = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    reproducibility = models.JSONField(default=dict)

    class Meta:
        ordering = ["-queued_at"]
        indexes = [
            models.Index(fields=["service", "-queued_at"]),
            models.Index(fields=["-queued_at"], name="run_latest"),
            models.Index(fields=["state", "lease_until"]),
        ]

    def __str__(self) -> str:
        return f"run {str(self.id)[:8]} of {self.version}"

    @property
    def measured_at(self) -> datetime | None:
        """When its values were measured: of what another tool sent, when that tool measured it."""
        pushed = self.kind == RunKind.PUSHED
        return (self.started_at if pushed else None) or self.finished_at

    def get_absolute_url(self) -> str:
        return reverse("run-detail", args=[self.id])


class CheckRecord(models.Model):
    """One planned check of a run; `finished_at` empty means that it still has to run."""

    unit_path: ClassVar[str] = "run__service__unit"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checks")
    position = models.PositiveIntegerField()
    check_id = models.CharField(max_length=100)
    check_version = models.CharField(max_length=20)
    pillar = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    parameters = models.JSONField(default=dict)
    outcome = models.CharField(max_length=12, choices=OutcomeChoice, null=True, blank=True)
    reason = models.TextField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True)
    warnings = models.JSONField(default=list)
    attempts = models.PositiveIntegerField(default=0)  # how often a worker began it
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "check_id"], name="check_record_once_per_run")
        ]

    def __str__(self) -> str:
        return f"{self.check_id} of {self.run_id}"


class MeasurementRecord(models.Model):
    """One measurement as it was judged. Infinite interval ends are stored as null."""

    unit_path: ClassVar[str] = "check_record__run__service__unit"

    check_record = models.ForeignKey(
        CheckRecord, on_delete=models.CASCADE, related_name="measurements"
    )
    position = models.PositiveIntegerField()
    slice = models.JSONField(default=dict)
    slice_key = models.CharField(max_length=64, db_index=True)  # SHA-256 of the canonical slice
    value = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(default=0.95)
    simultaneous = models.BooleanField(default=False)
    n = models.BigIntegerField(default=0)
    unit = models.CharField(max_length=40)
    reference = models.JSONField(null=True, blank=True)
    null_gap = models.FloatField(null=True, blank=True)
    threshold_min = models.FloatField(null=True, blank=True)
    threshold_max = models.FloatField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=OutcomeChoice, null=True, blank=True)
    n_to_decide = models.BigIntegerField(null=True, blank=True)
    severity = models.CharField(max_length=10, choices=SeverityChoice, null=True, blank=True)
    sentence = models.TextField(blank=True)
    reason = models.TextField(null=True, blank=True)
    method = models.CharField(max_length=300, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["check_record", "slice_key"], name="measurement_once_per_slice"
            )
        ]

    def __str__(self) -> str:
        return f"{self.check_record_id} {self.slice}"


class RunLog(models.Model):
    """A line of a run's log, as its page shows it."""

    unit_path: ClassVar[str] = "run__service__unit"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(auto_now_add=True)
    level = models.CharField(max_length=10)
    message = models.TextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.message

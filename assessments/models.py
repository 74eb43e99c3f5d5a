"""Submissions: what a pipeline hands in to be registered and assessed, and the points that other
tools push."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from assessments.choices import SubmissionState
from shield.accounts.models import BusinessUnit
from shield.evidence.gate import NOT_ASSESSED
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.models import Service, StoredFile

_OF_RUN = {
    RunState.QUEUED: SubmissionState.RUNNING,
    RunState.RUNNING: SubmissionState.RUNNING,
    RunState.FINISHED: SubmissionState.FINISHED,
    RunState.FAILED: SubmissionState.FAILED,
    RunState.ERRORED: SubmissionState.ERRORED,
    RunState.CANCELLED: SubmissionState.CANCELLED,
}


class Submission(models.Model):
    """A manifest with its files, from one person's pipeline.

    A worker registers it and starts its run; from then on the run's state is the submission's. A dry
    run registers nothing: its result is kept here.
    """

    unit_path: ClassVar[str] = "unit"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions"
    )
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="submissions")
    service_slug = models.CharField(max_length=100)
    version_label = models.CharField(max_length=100)
    manifest = models.TextField()
    manifest_name = models.CharField(max_length=100, default="shield.yaml")
    dry_run = models.BooleanField(default=False)
    seed = models.BigIntegerField(default=0)
    source = models.JSONField(default=dict)  # {"commit", "branch", "job_url"}, as far as known
    state = models.CharField(max_length=12, choices=SubmissionState, default=SubmissionState.QUEUED)
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions"
    )
    result = models.JSONField(null=True, blank=True)  # of a dry run
    error = models.JSONField(null=True, blank=True)  # {"code", "message", "hint", "errors"?}
    progress = models.FloatField(default=0.0)
    phase = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["unit", "-created_at"]),
            models.Index(fields=["state", "lease_until"]),
        ]

    def __str__(self) -> str:
        return f"{self.service_slug} {self.version_label}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("submission-detail", args=[self.pk])

    @classmethod
    def of_service(cls, key: int) -> Q:
        """Those handed in for a service: by its name, as a dry run never has a run."""
        return Q(service_slug__in=Service.objects.filter(pk=key).values("slug"))

    @property
    def state_now(self) -> SubmissionState:
        """The run's state as a submission's, once there is a run; select `run` with the row."""
        if self.run is not None:
            return _OF_RUN[RunState(self.run.state)]
        return SubmissionState(self.state)

    @property
    def ended(self) -> bool:
        """Nothing more will happen to it."""
        return self.state_now in SubmissionState.ended()

    @property
    def gate(self) -> dict[str, Any] | None:
        """The gate's answer, as in the result; None as long as there is none."""
        if self.state_now != SubmissionState.FINISHED:
            return None
        return self.run.gate if self.run is not None else (self.result or {}).get("gate")

    @property
    def trouble(self) -> dict[str, Any] | None:
        """Why there is no verdict: code, message, hint, and the manifest's problems with lines."""
        return self.run.error if self.run is not None else self.error

    @property
    def exit_code(self) -> int | None:
        """0 passed, 1 failed, 2 inconclusive, 3 could not be assessed; None: not ended yet."""
        if not self.ended:
            return None
        gate = self.gate
        return int(gate["exit"]) if gate else NOT_ASSESSED


class SubmissionFile(models.Model):
    """A file of a submission under the path that the manifest names it by."""

    unit_path: ClassVar[str] = "submission__unit"

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=500)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "path"], name="submission_file_once_per_path"
            )
        ]

    @classmethod
    def of_service(cls, key: int) -> Q:
        """Those of its submissions."""
        return Q(submission__in=Submission.objects.filter(Submission.of_service(key)))

    def __str__(self) -> str:
        return self.path


class PushedPoint(models.Model):
    """What makes a pushed value the same value again: service, version, check, slice, time, tool."""

    unit_path: ClassVar[str] = "run__service__unit"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="points")
    natural_key = models.CharField(max_length=64)  # SHA-256 of the above, canonical
    series_key = models.CharField(max_length=64)  # the same without the time
    content = models.CharField(max_length=64)  # SHA-256 of everything that was sent
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["natural_key"], name="pushed_point_once")]
        indexes = [models.Index(fields=["series_key", "-at"])]

    def __str__(self) -> str:
        return f"{self.run_id} {self.at}"

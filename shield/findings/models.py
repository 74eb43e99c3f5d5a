"""A finding: a failed measurement with an identity, an owner and a clock; and what is decided of it.

Nothing here is ever deleted: rows end, and say why.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from shield.accounts.four_eyes import Proposal, four_eyes_constraint
from shield.common.models import Timed
from shield.findings.choices import (
    AcceptanceReason,
    AcceptanceStatus,
    ClockResult,
    EndReason,
    FalsePositiveReason,
    FalsePositiveStatus,
    FindingState,
    Pending,
    TimelineAct,
    Treatment,
)
from shield.findings.days import today
from shield.records.choices import SEVERITY_RANK, SeverityChoice
from shield.records.models import MeasurementRecord, Run
from shield.registry.models import OfService, Service


class Finding(OfService, Timed):
    """Identity = SHA-256 of (service, check id, check major version, slice): one row per identity.

    `due_at` says when it is overdue; `sla_due_at` keeps what severity and tier ask for once a person
    has set another date, and by that date a clock was kept or missed. `accepted_until`, `pending` and
    `decided_at` repeat what the decisions and the clock below say, so that lists need no second table.
    """

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
    severity_rank = models.GeneratedField(
        expression=SEVERITY_RANK,
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
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
    severity_overridden = models.BooleanField(default=False)
    sla_due_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    regressions = models.PositiveIntegerField(default=0)
    accepted_until = models.DateTimeField(null=True, blank=True)
    pending = models.CharField(max_length=16, choices=Pending, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["service", "state"]),
            models.Index(fields=["state", "due_at"]),
            # The orders of the list, each wide enough to find a page's keys by the index alone.
            models.Index(
                fields=["severity_rank", "due_at", "id", "service", "assignee", "opened_at"],
                condition=Q(state__in=FindingState.active()),
                name="finding_active_gravest",
            ),
            models.Index(
                fields=["assignee", "id"],
                condition=Q(state__in=FindingState.active()),
                name="finding_active_owner",
            ),
            models.Index(
                fields=["due_at", "id", "service"],
                condition=Q(state__in=FindingState.active()),
                name="finding_active_due",
            ),
            models.Index(
                fields=["severity_rank", "due_at", "id", "service", "state", "opened_at"],
                name="finding_gravest",
            ),
            models.Index(fields=["due_at", "id"], name="finding_due"),
            models.Index(fields=["opened_at", "id"], name="finding_opened"),
            models.Index(fields=["check_id", "service"], name="finding_check"),
            models.Index(fields=["pending"], condition=~Q(pending=""), name="finding_pending_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}"

    @property
    def label(self) -> str:
        """The stable id that people say: FND-12."""
        return f"FND-{self.pk}"

    @property
    def seen_token(self) -> str:
        """What a form or a request carries to say which state of the finding it was made for."""
        return self.updated_at.isoformat()

    def get_absolute_url(self) -> str:
        return reverse("finding-detail", args=[self.pk])


class OfFinding:
    """What belongs to a finding belongs to its service's business unit."""

    unit_path: ClassVar[str] = "finding__service__unit"
    finding: Any  # a foreign key to Finding, which each model declares

    @property
    def unit_id(self) -> int:
        """The business unit; select `finding__service` with the row."""
        return int(self.finding.unit_id)

    @property
    def governed_tier(self) -> str:
        """The tier that bounds who may decide about it."""
        return str(self.finding.governed_tier)


class Decision(OfFinding, Proposal):
    """What one person proposes about a finding and another decides, with what was known then.

    `category` is the reason from the short list, `reason` the words. The measurement is kept as a
    link and as numbers, and the finding's title as it was: what was decided on stays readable
    whatever happens to the run. With the service, which a finding never changes, a search for words
    needs this table alone; what a copy from elsewhere leaves empty is found by other words only.
    """

    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=300, blank=True, default="", db_default="")
    measurement = models.ForeignKey(MeasurementRecord, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    severity = models.CharField(max_length=10, choices=SeverityChoice)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_because = models.CharField(max_length=10, choices=EndReason, blank=True)
    end_note = models.TextField(blank=True)

    class Meta:
        abstract = True


class Acceptance(Decision):
    """A time-limited decision of a second person to live with a finding."""

    LONGEST: ClassVar[timedelta] = timedelta(days=180)

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="acceptances")
    status = models.CharField(
        max_length=10, choices=AcceptanceStatus, default=AcceptanceStatus.PROPOSED
    )
    treatment = models.CharField(max_length=10, choices=Treatment)
    category = models.CharField(max_length=20, choices=AcceptanceReason)
    controls = models.TextField(blank=True)
    mitigate_by = models.DateField(null=True, blank=True)
    expires_at = models.DateTimeField()
    noticed_at = models.DateTimeField(null=True, blank=True)
    mitigation_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            four_eyes_constraint("acceptance_four_eyes"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("proposed_at"))
                & Q(expires_at__lte=F("proposed_at") + timedelta(days=180)),
                name="acceptance_at_most_180_days",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "withdrawn"]) | Q(decider__isnull=False),
                name="acceptance_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["finding"], condition=Q(status="proposed"), name="acceptance_one_proposed"
            ),
            models.UniqueConstraint(
                fields=["finding"], condition=Q(status="active"), name="acceptance_one_active"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "expires_at"], name="acceptance_status_idx"),
            models.Index(
                fields=["mitigate_by"], condition=Q(status="active"), name="acceptance_mitigate_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} of FND-{self.finding_id}"

    @property
    def label(self) -> str:
        """The stable id that people say: ACC-7."""
        return f"ACC-{self.pk}"

    @property
    def covers_now(self) -> bool:
        """Active, and its date has not come: the very moment counts, not the clock job."""
        return self.status == AcceptanceStatus.ACTIVE and self.expires_at > timezone.now()

    @property
    def mitigation_overdue(self) -> bool:
        """Active, and the day by which the repair was promised is over: no run has proved it."""
        active = self.status == AcceptanceStatus.ACTIVE
        return active and self.mitigate_by is not None and self.mitigate_by < today()

    def get_absolute_url(self) -> str:
        return reverse("acceptance-detail", args=[self.pk])


class FalsePositive(Decision):
    """The claim of one person, confirmed by another, that a failure is none."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="false_positives")
    status = models.CharField(
        max_length=10, choices=FalsePositiveStatus, default=FalsePositiveStatus.PROPOSED
    )
    category = models.CharField(max_length=20, choices=FalsePositiveReason)
    evidence = models.TextField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            four_eyes_constraint("false_positive_four_eyes"),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "withdrawn"]) | Q(decider__isnull=False),
                name="false_positive_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["finding"],
                condition=Q(status="proposed"),
                name="false_positive_one_proposed",
            ),
            models.UniqueConstraint(
                fields=["finding"],
                condition=Q(status="confirmed"),
                name="false_positive_one_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} of FND-{self.finding_id}"

    @property
    def label(self) -> str:
        """The stable id that people say: FP-3."""
        return f"FP-{self.pk}"


class Clock(OfFinding, models.Model):
    """One running of a finding's clock: from when it opened or regressed until it was resolved.

    Never paused. While a decision (acceptance, false positive, retired service) covers the finding,
    `decided_at` says since when, without a break: a renewal does not move it. So compliance over time
    can tell "late" from "decided in time to wait". It stays when the clock stops under a decision.
    """

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="clocks")
    severity = models.CharField(max_length=10, choices=SeverityChoice)
    started_at = models.DateTimeField()
    sla_due_at = models.DateTimeField()  # what severity and tier ask for
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=6, choices=ClockResult, blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["finding"], condition=Q(stopped_at=None), name="clock_one_running"
            )
        ]
        indexes = [models.Index(fields=["sla_due_at"], name="clock_sla_due_idx")]

    def __str__(self) -> str:
        return f"FND-{self.finding_id} due {self.due_at:%Y-%m-%d}"


class Ticket(OfFinding, models.Model):
    """A link to where else the work is tracked."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="tickets")
    url = models.URLField(max_length=500)
    title = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title or self.url


class TimelineEntry(OfFinding, models.Model):
    """One thing that happened to a finding; never changed, never deleted."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=200)
    act = models.CharField(max_length=24, choices=TimelineAct)
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16, blank=True)
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    measurement = models.ForeignKey(
        MeasurementRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acceptance = models.ForeignKey(
        Acceptance, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=20, blank=True)  # from the act's short list
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.act}"

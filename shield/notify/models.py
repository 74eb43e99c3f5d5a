"""Messages to people, how they want them, and every delivery to a mailbox or a webhook."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from shield.accounts.models import BusinessUnit
from shield.common.models import Timed
from shield.notify.choices import Attention, DeliveryState, Format, Kind, Rhythm


class Cursor(models.Model):
    """How far a consumer has read the audit events; see `outbox` for what the columns mean."""

    consumer = models.CharField(max_length=20, primary_key=True)
    floor = models.BigIntegerField(default=0)
    barrier = models.BigIntegerField(null=True)
    barrier_at = models.DateTimeField(null=True)
    barrier_xmax = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.consumer} {self.floor}"


class Taken(models.Model):
    """An event above the floor that a consumer has handled already."""

    consumer = models.CharField(max_length=20)
    event = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consumer", "event"], name="notify_taken_once")
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.event}"


class SetAside(models.Model):
    """An event that a consumer could not handle, to be tried again; see `aside`."""

    consumer = models.CharField(max_length=20)
    event = models.BigIntegerField()
    error = models.CharField(max_length=300)
    tries = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consumer", "event"], name="notify_set_aside_once")
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.event} {self.error}"


class Notification(models.Model):
    """One message to one person. What it says is worded when it is shown, from these facts.

    Events of the same kind about the same thing (`group`) add to `count` while it is unread and young.
    """

    unit_path: ClassVar[str] = ""  # a person's own; the selectors narrow by person and unit

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    act = models.CharField(max_length=60)
    group = models.CharField(max_length=120)
    critical = models.BooleanField(default=False)
    shown = models.BooleanField(default=False)  # in the list on the pages; False: only by e-mail
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    object_text = models.CharField(max_length=300)
    service_text = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=300)
    unit = models.BigIntegerField(null=True)  # as in the event: survives the unit
    facts = models.JSONField(default=dict)  # what the wording of this act needs, nothing more
    actor = models.CharField(max_length=200)
    count = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()  # of the newest event in it
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["user", "-at"], name="notify_user_at_idx"),
            models.Index(
                fields=["user"], condition=Q(read_at=None, shown=True), name="notify_unread_idx"
            ),
            models.Index(fields=["user", "kind", "group"], name="notify_group_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_text}"

    def get_absolute_url(self) -> str:
        return reverse("notification-open", args=[self.pk])


class Preference(Timed):
    """How one person wants to be told. Without a row, the defaults of `choices.ABOUT` hold."""

    unit_path: ClassVar[str] = ""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notify_preference"
    )
    # channel → {kind: bool}: only what differs from the default
    chosen = models.JSONField(default=dict)
    email_rhythm = models.CharField(max_length=10, choices=Rhythm, default=Rhythm.AT_ONCE)
    digest_hour = models.PositiveSmallIntegerField(default=8)
    time_zone = models.CharField(max_length=60, default="UTC")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    critical_passes = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"


class Attending(models.Model):
    """A service or finding that somebody follows or does not want to hear of."""

    unit_path: ClassVar[str] = ""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attending"
    )
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    attention = models.CharField(max_length=6, choices=Attention)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "object_type", "object_id"], name="notify_attending_once"
            )
        ]
        indexes = [models.Index(fields=["object_type", "object_id"], name="notify_attending_idx")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.attention} {self.object_type} {self.object_id}"


class Reminder(models.Model):
    """That a deadline was announced: once per object, deadline and stage, whatever the clock does."""

    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    deadline = models.DateTimeField()
    stage = models.CharField(max_length=20)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id", "deadline", "stage"],
                name="notify_reminder_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id} {self.stage}"


class Endpoint(Timed):
    """A webhook: where events go, which of them, and with which secret they are signed.

    Secrets are kept encrypted; after a rotation the old one signs beside the new until it ends.
    """

    unit_path: ClassVar[str] = "unit"

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000)
    unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acts = models.JSONField(default=list)  # patterns: finding.*, run.finish, *
    format = models.CharField(max_length=10, choices=Format, default=Format.SHIELD)
    secret = models.TextField()
    old_secret = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=200)
    failures = models.PositiveIntegerField(default=0)  # in a row; the circuit breaker counts them
    paused_until = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # administrators, of what was given up

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("webhook-detail", args=[self.pk])


class Delivery(models.Model):
    """One message on its way to one place: the queue, and afterwards the log.

    `id` is what receivers deduplicate by. A worker claims it by a conditional UPDATE that sets
    `claim` and `lease_until`; whoever dies leaves it to be claimed again when the lease is over.
    """

    unit_path: ClassVar[str] = "endpoint__unit"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=20)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    notification = models.ForeignKey(
        Notification, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    endpoint = models.ForeignKey(
        Endpoint, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    event = models.BigIntegerField(null=True)
    act = models.CharField(max_length=60, blank=True)
    bundled = models.BooleanField(default=False)  # one of a daily digest
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(state="pending"),
                name="notify_delivery_due_idx",
            ),
            models.Index(fields=["endpoint", "-created_at"], name="notify_delivery_log_idx"),
            models.Index(fields=["claim"], condition=~Q(claim=None), name="notify_claim_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"],
                condition=~Q(event=None),
                name="notify_delivery_once_per_event",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state} {self.id}"

    @property
    def unit_id(self) -> int | None:
        """Of a webhook's delivery: the unit of the endpoint."""
        return self.endpoint.unit_id if self.endpoint else None


class Attempt(models.Model):
    """One request to a webhook, as it went: heads only, cut, without the signature."""

    unit_path: ClassVar[str] = "delivery__endpoint__unit"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField(default=0)
    request = models.TextField(blank=True)
    response = models.TextField(blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status or self.error}"

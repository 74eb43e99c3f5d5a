"""What happened: an append-only event for every decision and change, and the seals that prove it.

Four tables that nothing ever changes: `Event` is written by the product in the transaction of the
change; `Seal` chains events (one sealer, see `sealing`); `Head` is a signed end of a chain;
`Verification` says when somebody looked and what they found.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from shield.audit.append_only import AppendOnly, AppendOnlyModel
from shield.audit.chains import chain_of


class EventRows(AppendOnly["Event"]):
    """Rows of events."""


class Event(AppendOnlyModel):
    """One act. The actor and the object are kept as text, so that they survive deletion."""

    unit_path: ClassVar[str] = "unit"

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=200)
    act = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    object_text = models.CharField(max_length=300)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    # The business unit that it concerns, as a number that survives the unit; null: the organisation.
    unit = models.BigIntegerField(null=True)

    objects = EventRows.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"]),
            models.Index(fields=["act", "-id"], name="audit_event_act_idx"),
            models.Index(fields=["actor", "-id"], name="audit_event_actor_idx"),
            models.Index(fields=["unit", "-id"], name="audit_event_unit_idx"),
            # Somebody types an id and nothing else.
            models.Index(fields=["object_id"], name="audit_event_object_idx"),
            models.Index(
                fields=["request_id"], condition=~Q(request_id=""), name="audit_event_request_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.object_text}"

    def get_absolute_url(self) -> str:
        return reverse("audit-detail", args=[self.pk])

    @property
    def unit_id(self) -> int | None:
        """The business unit that it concerns, under the name by which the policy asks."""
        return self.unit

    @property
    def chain(self) -> str:
        """The chain that it is, or will be, sealed into."""
        return chain_of(self.act)


class SealRows(AppendOnly["Seal"]):
    """Rows of seals."""


class Seal(AppendOnlyModel):
    """One link: the event at `position` of `chain`, and the digest that binds it to all before.

    `event` is a number, not a foreign key: a seal whose event has gone must stay and say so.
    """

    unit_path: ClassVar[str] = ""

    chain = models.CharField(max_length=30)
    position = models.BigIntegerField()  # 1, 2, 3 … without gaps
    event = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)

    objects = SealRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "position"], name="audit_seal_one_per_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.position}"


class HeadRows(AppendOnly["Head"]):
    """Rows of heads."""


class Head(AppendOnlyModel):
    """The end of a chain at a moment, signed (Ed25519) with a key that the database does not have."""

    unit_path: ClassVar[str] = ""

    chain = models.CharField(max_length=30)
    position = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)  # hexadecimal

    objects = HeadRows.as_manager()

    class Meta:
        ordering = ["chain", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "position"], name="audit_head_one_per_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.position}"


class VerificationRows(AppendOnly["Verification"]):
    """Rows of verifications."""


class Verification(AppendOnlyModel):
    """One verification of the chains: when, by whom, and the whole report."""

    unit_path: ClassVar[str] = ""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=200)
    intact = models.BooleanField()
    events = models.BigIntegerField()
    report = models.JSONField()

    objects = VerificationRows.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {'intact' if self.intact else 'broken'}"

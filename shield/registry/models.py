"""The inventory: services, their versions, where those are deployed, and their data."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from shield.accounts.models import BusinessUnit
from shield.common.models import Timed
from shield.registry.choices import DatasetRole, Environment, ErasedFor, ModelKind, Tier


class StoredFile(models.Model):
    """A file kept by its content: the name in the storage is derived from its SHA-256."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    # Set once the bytes have been given up; the row stays, for what was measured on them.
    erased_at = models.DateTimeField(null=True, blank=True)
    erased_by = models.CharField(max_length=200, blank=True)
    erased_reason = models.TextField(blank=True)
    erased_for = models.CharField(max_length=10, choices=ErasedFor, blank=True)

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.size} bytes)"

    @property
    def erased(self) -> bool:
        """Whether its bytes are gone for good."""
        return self.erased_at is not None


class Retention(models.Model):
    """How long data is kept after nothing needs it any more: one row; its past is in the history."""

    unit_path: ClassVar[str] = ""

    keep_days = models.PositiveIntegerField(null=True, blank=True)  # null: for ever
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="retention_one_row"),
        ]

    def __str__(self) -> str:
        return "for ever" if self.keep_days is None else f"{self.keep_days} days"


class OfService:
    """What belongs to a service belongs to its business unit: see `shield.accounts.policy`."""

    unit_path: ClassVar[str] = "service__unit"
    service: Any

    @property
    def unit_id(self) -> int:
        """The business unit; select `service` with the row, or each row costs a query."""
        return int(self.service.unit_id)

    @property
    def governed_tier(self) -> str:
        """The tier that bounds who may decide about it."""
        return str(self.service.tier)


class Service(Timed):
    """An AI service. `group_rules` holds the bins and pooled groups, frozen when first registered.

    `owner` is what the manifest says, or what a person decided; `owner_user` is the account that this
    text names, if there is one; `deputies` act when the owner cannot. `decided` names the facts that a
    person has set: a registration leaves them alone.
    """

    unit_path: ClassVar[str] = "unit"

    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="services")
    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    owner = models.CharField(max_length=200)
    owner_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="owned_services",
    )
    deputies = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="deputised_services"
    )
    purpose = models.TextField()
    tier = models.CharField(max_length=10, choices=Tier)
    frameworks = models.JSONField(default=list)
    decided = models.JSONField(default=list)
    group_rules = models.JSONField(default=dict)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        # A million findings in the order of their services' names are found service by service.
        indexes = [models.Index(fields=["name"], name="service_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def governed_tier(self) -> str:
        """The tier that bounds who may decide about it."""
        return str(self.tier)

    def get_absolute_url(self) -> str:
        return reverse("service-detail", args=[self.slug])


class Dataset(OfService, models.Model):
    """A table with a digest, a schema and a role. The same bytes in the same role are one dataset."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="datasets")
    role = models.CharField(max_length=10, choices=DatasetRole)
    sha256 = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    format = models.CharField(max_length=10)
    rows = models.BigIntegerField()
    columns = models.JSONField()  # [{"name": "race", "type": "string"}, …] in file order
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "role", "sha256"], name="dataset_unique_bytes_per_role"
            )
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.service} {self.role} {self.sha256[:12]}"


class Version(OfService, models.Model):
    """One model of a service; a label names one digest for ever."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=ModelKind)
    artefact_sha256 = models.CharField(max_length=64)
    artefact = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    manifest = models.JSONField()
    manifest_sha256 = models.CharField(max_length=64)
    datasets = models.ManyToManyField(Dataset, related_name="versions")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "label"], name="version_unique_label")
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.service} {self.label}"


class Deployment(OfService, models.Model):
    """Which version serves in which environment from when to when. Rows are ended, never changed."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="deployments")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="deployments")
    environment = models.CharField(max_length=20, choices=Environment)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    started_by = models.CharField(max_length=200)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "environment"],
                condition=Q(ended_at__isnull=True),
                name="deployment_one_current_per_environment",
            )
        ]
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.version} in {self.environment}"


class ServiceBadge(OfService, models.Model):
    """The address of a service's badge: whoever knows `token` may see its last verdict, nobody else.

    A new token makes the old address worthless; a badge that is switched off answers to no token.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="badge")
    token = models.CharField(max_length=64)
    enabled = models.BooleanField(default=True)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"badge of {self.service}"

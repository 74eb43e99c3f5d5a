"""Users, their grants, business units and API tokens."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from shield.accounts.choices import Role, TierLimit


class BusinessUnit(models.Model):
    """A part of the organisation that owns services: retail, payments, treasury."""

    unit_path: ClassVar[str] = "pk"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def default(cls) -> BusinessUnit:
        """The unit of services whose manifest names none."""
        unit, _ = cls.objects.get_or_create(slug=DEFAULT_UNIT, defaults={"name": "General"})
        return unit


DEFAULT_UNIT = "general"


class User(AbstractUser):
    """A person. What they may do is in their grants.

    `token`: the API token that this request came with, if any; it narrows what the policy allows.
    """

    token: ApiToken | None = None

    @cached_property
    def grant_list(self) -> list[Grant]:
        """Every grant, read once for each loaded user."""
        return list(self.grants.select_related("unit"))

    @property
    def roles(self) -> list[Role]:
        """The roles that the person holds anywhere, each once, in the order of the choices."""
        held = {grant.role for grant in self.grant_list}
        return [role for role in Role if role in held]


class Grant(models.Model):
    """A role of a person, in one business unit or (unit empty) everywhere.

    `tier_limit` bounds what an approver decides on: services above that tier are out of reach.
    """

    unit_path: ClassVar[str] = "unit"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="grants"
    )
    tier_limit = models.CharField(max_length=10, choices=TierLimit, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "unit"], name="grant_once_per_unit"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(unit=None), name="grant_once_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} ({self.unit or 'everywhere'})"


class ApiToken(models.Model):
    """A bearer token for the API. Only its SHA-256 is kept; the token itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    @property
    def usable(self) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and self.expires_at > timezone.now()

    def covers(self, act: str) -> bool:
        """Whether the token was made for this act: every one that its owner may."""
        return True

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

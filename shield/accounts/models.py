"""Users, their grants, business units and API tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from shield.accounts.choices import GrantSource, Role, TierLimit
from shield.accounts.scopes import ALL, acts_of


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
SESSION_SALT = "shield.accounts.session"


class User(AbstractUser):
    """A person. What they may do is in their grants.

    `token`: the API token that this request came with, if any; it narrows what the policy allows.
    `session_epoch`: counting it up ends every session of the person at once.
    """

    token: ApiToken | None = None
    session_epoch = models.PositiveIntegerField(default=0)

    def get_session_auth_hash(self) -> str:
        """What a session must carry to be this person's: it changes with password and epoch."""
        return self._get_session_auth_hash()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under secret keys of before."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._get_session_auth_hash(secret=secret)

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        told = f"{self.password}:{self.session_epoch}"
        return salted_hmac(SESSION_SALT, told, secret=secret, algorithm="sha256").hexdigest()

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
    source = models.CharField(max_length=10, choices=GrantSource, default=GrantSource.PERSON)
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


def _everything() -> list[str]:
    return [ALL]


class ApiToken(models.Model):
    """A bearer token for the API. Only its SHA-256 is kept; the token itself is shown once.

    It does at most what its owner may, within its scopes, and only in its unit, for its service and
    from its networks where it names some. A service is kept as its key: services are a room above.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=_everything)
    unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    service_key = models.BigIntegerField(null=True, blank=True)
    networks = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_address = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    @property
    def usable(self) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def is_limited(self) -> bool:
        """Whether it is for one unit or one service only."""
        return self.unit_id is not None or self.service_key is not None

    @property
    def scopes_text(self) -> str:
        """The scopes, for people."""
        return ", ".join(self.scopes)

    @property
    def networks_text(self) -> str:
        """The networks, for people."""
        return ", ".join(self.networks)

    def covers(self, act: str) -> bool:
        """Whether the token was made for this act."""
        return act in acts_of(self.scopes)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class FailedSignIns(models.Model):
    """How often somebody failed lately, for one account or one address, and until when the door is shut.

    `key` is a digest: what people type as a user name may be a password.
    """

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.count} since {self.since}"

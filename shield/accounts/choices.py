"""Roles: what a person may do (see `policy.py`)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    ENGINEER = "engineer", _("Engineer")
    RISK_OFFICER = "risk_officer", _("Risk officer")
    APPROVER = "approver", _("Approver")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")
    ADMINISTRATOR = "administrator", _("Administrator")


class TierLimit(models.TextChoices):
    """The highest tier that a grant reaches; empty: every tier."""

    LOW = "low", _("Up to low")
    MODERATE = "moderate", _("Up to moderate")
    HIGH = "high", _("Up to high")
    CRITICAL = "critical", _("Up to critical")


class GrantSource(models.TextChoices):
    """Who gave a grant: a person here, or the identity provider's groups."""

    PERSON = "person", _("Given here")
    PROVIDER = "provider", _("From the identity provider")

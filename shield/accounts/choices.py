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

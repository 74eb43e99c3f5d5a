"""Choices of the inventory: value, label; colours live in the style sheet under the value."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tier(models.TextChoices):
    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")


class ModelKind(models.TextChoices):
    PREDICTIONS = "predictions", _("Predictions only")
    ONNX = "onnx", _("ONNX")
    XGBOOST = "xgboost", _("XGBoost")
    LIGHTGBM = "lightgbm", _("LightGBM")
    SKOPS = "skops", _("scikit-learn (skops)")


class DatasetRole(models.TextChoices):
    TEST = "test", _("Test")
    TRAIN = "train", _("Train")
    REFERENCE = "reference", _("Reference")
    LIVE = "live", _("Live")


class ErasedFor(models.TextChoices):
    REQUEST = "request", _("On request")
    RETENTION = "retention", _("Retention period over")


class Environment(models.TextChoices):
    DEVELOPMENT = "development", _("Development")
    STAGING = "staging", _("Staging")
    PRODUCTION = "production", _("Production")


class StartedFor(models.TextChoices):
    """Why a version begins to serve."""

    RELEASE = "release", _("A new version is released")
    REPAIR = "repair", _("It repairs a finding or an incident")
    ROLLBACK = "rollback", _("Back to an earlier version")
    TRIAL = "trial", _("A trial")
    OTHER = "other", _("Another reason")


class EndedFor(models.TextChoices):
    """Why a version stops to serve."""

    REPLACED = "replaced", _("Something else takes its place")
    INCIDENT = "incident", _("Because of an incident")
    RISK = "risk", _("Its risk is not accepted")
    TRIAL_OVER = "trial_over", _("The trial is over")
    OTHER = "other", _("Another reason")

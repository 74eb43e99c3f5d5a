"""Base models."""

from __future__ import annotations

from django.db import models


class Timed(models.Model):
    """Rows that know when they were made and last changed (UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

"""Base models, and the answers that `Idempotency-Key` keeps."""

from __future__ import annotations

from django.db import models


class Timed(models.Model):
    """Rows that know when they were made and last changed (UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class StoredAnswer(models.Model):
    """The answer to a POST with an `Idempotency-Key`; see `shield.common.api_once`."""

    caller = models.CharField(max_length=60)  # "token 7" or "user 3"
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(default=bytes)
    is_secret = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="answer_once_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.caller}: {self.key}"

"""What happened: an append-only event for every decision and change."""

from __future__ import annotations

from typing import NoReturn

from django.db import models

from shield.common.errors import Conflict


def _refuse() -> NoReturn:
    raise Conflict(
        "history.append_only",
        "Events are never changed or deleted.",
        "Record a new event that corrects the old one.",
    )


class AppendOnly(models.QuerySet["Event"]):
    """Rows that can be added and read."""

    def update(self, **values: object) -> NoReturn:
        """Refused."""
        _refuse()

    def delete(self) -> NoReturn:
        """Refused."""
        _refuse()

    def bulk_update(self, *args: object, **kwargs: object) -> NoReturn:
        """Refused."""
        _refuse()


class Event(models.Model):
    """One act. The actor and the object are kept as text, so that they survive deletion."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=200)
    act = models.CharField(max_length=60, db_index=True)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    object_text = models.CharField(max_length=300)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    # The business unit that it concerns, as a number that survives the unit; null: the organisation.
    unit = models.BigIntegerField(null=True, db_index=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id", "-id"])]

    def __str__(self) -> str:
        return f"{self.act} {self.object_text}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Insert only; an event that has a row already is refused."""
        if not self._state.adding:
            _refuse()
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        """Refused."""
        _refuse()

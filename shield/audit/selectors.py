"""Reading the history."""

from __future__ import annotations

from django.db.models import Model, QuerySet

from shield.audit.models import Event


def events() -> QuerySet[Event]:
    """Every event, the newest first."""
    return Event.objects.all()


def history_of(*objects: Model) -> QuerySet[Event]:
    """What happened to any of these rows, the newest first."""
    found = Event.objects.none()
    for row in objects:
        found = found | Event.objects.filter(
            object_type=row._meta.model_name, object_id=str(row.pk)
        )
    return found

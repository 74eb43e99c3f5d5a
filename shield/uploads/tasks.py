"""Housekeeping of uploads."""

from __future__ import annotations

from celery import shared_task

from shield.uploads import services


@shared_task
def uploads_sweep() -> int:
    """Every hour: forget uploads that have expired; how many."""
    return services.uploads_sweep()

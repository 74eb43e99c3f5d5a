"""Housekeeping of the inventory."""

from __future__ import annotations

from celery import shared_task

from shield.registry.files import sweep


@shared_task
def files_sweep() -> int:
    """Remove files that a broken registration left behind; how many."""
    return len(sweep())

"""Housekeeping of the inventory."""

from __future__ import annotations

from celery import shared_task

from shield.registry.files import sweep
from shield.registry.retention import retention_apply


@shared_task
def files_sweep() -> int:
    """Remove files that a broken registration left behind; how many."""
    return len(sweep())


@shared_task
def data_expire() -> int:
    """Give up data whose retention is over; how many files."""
    return len(retention_apply())

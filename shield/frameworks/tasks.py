"""Coverage grows old by itself; this keeps what lists read up to date."""

from __future__ import annotations

from celery import shared_task

from shield.frameworks.refresh import coverage_refresh


@shared_task
def refresh() -> int:
    """Compute the coverage that is due; how many rows."""
    return coverage_refresh()

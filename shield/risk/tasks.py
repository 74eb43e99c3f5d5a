"""Housekeeping of the figures."""

from __future__ import annotations

from celery import shared_task

from shield.risk.figures import figures_refresh


@shared_task
def figures_keep() -> int:
    """Bring today's figures up to date."""
    return figures_refresh()

"""Housekeeping of the API."""

from __future__ import annotations

from celery import shared_task

from shield.common.api_once import answers_sweep


@shared_task
def answers_forget() -> int:
    """Every hour: forget the answers to POSTs that are older than a day."""
    return answers_sweep()

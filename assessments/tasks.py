"""Celery tasks: each fetches nothing and decides nothing, it calls the service."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from assessments.services import run_execute, runs_recover
from assessments.workers import worker_name


@shared_task(acks_late=True, reject_on_worker_lost=True)
def execute(run_id: str) -> None:
    """Execute one run; a message for a run that somebody else has is harmless."""
    run_execute(run_id=UUID(run_id), worker=worker_name())


@shared_task
def reap() -> None:
    """Every minute: bring back runs whose worker is gone or whose message was lost."""
    runs_recover()

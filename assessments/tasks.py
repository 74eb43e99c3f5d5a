"""Celery tasks: each fetches nothing and decides nothing, it calls the service."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from assessments import submissions
from assessments.services import run_execute, runs_recover
from assessments.workers import worker_name


@shared_task(acks_late=True, reject_on_worker_lost=True)
def execute(run_id: str) -> None:
    """Execute one run; a message for a run that somebody else has is harmless."""
    run_execute(run_id=UUID(run_id), worker=worker_name())


@shared_task(acks_late=True, reject_on_worker_lost=True)
def submission_register(submission_id: str) -> None:
    """Register what a pipeline handed in, and start its run."""
    submissions.submission_work(submission_id=UUID(submission_id), worker=worker_name())


@shared_task(acks_late=True, reject_on_worker_lost=True)
def submission_rehearse(submission_id: str) -> None:
    """A dry run: it computes, so that it takes its turn among the runs."""
    submissions.submission_work(submission_id=UUID(submission_id), worker=worker_name())


@shared_task
def reap() -> None:
    """Every minute: bring back what lost its worker or its message."""
    runs_recover()
    submissions.submissions_recover()


@shared_task
def submissions_sweep() -> int:
    """Every day: forget submissions that ended long ago."""
    return submissions.submissions_sweep()

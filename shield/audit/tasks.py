"""The sealer's clock: each task calls one service."""

from __future__ import annotations

from celery import shared_task

from shield.audit import services


@shared_task
def seal() -> int:
    """Every few seconds: chain what was written since."""
    return services.events_seal().events


@shared_task
def seal_thoroughly() -> int:
    """Every hour: also what a very long transaction held back."""
    return services.events_seal(thorough=True).events


@shared_task
def publish() -> int:
    """Every minute: copy the signed heads to where the database's administrator does not write."""
    return services.heads_publish()


@shared_task
def watch() -> None:
    """Every day: verify the whole trail."""
    services.trail_watch()

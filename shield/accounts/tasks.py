"""Housekeeping of sign-ins."""

from __future__ import annotations

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task
def sessions_clear() -> None:
    """Remove sessions that have expired; the database keeps them until somebody does."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()

"""Housekeeping of sign-ins."""

from __future__ import annotations

from importlib import import_module

from celery import shared_task
from django.conf import settings

from shield.accounts.lockout import forget_old


@shared_task
def sessions_clear() -> None:
    """Remove sessions that have expired and failures that no longer count."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    forget_old()

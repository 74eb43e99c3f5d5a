"""Binds the Celery app, so that `shield/__init__.py` stays empty and imports in milliseconds."""

from __future__ import annotations

from django.apps import AppConfig


class ShieldConfig(AppConfig):
    name = "shield"
    label = "shield"

    def ready(self) -> None:
        """Make the Celery app the current one for every `shared_task`; register the system checks."""
        from shield import checks  # noqa: F401  (registers itself)
        from shield.audit.selectors import last_change
        from shield.celery import app, make_broker_folders  # not before the settings are loaded
        from shield.common.api_etags import LAST_CHANGE

        LAST_CHANGE.set(last_change)

        app.set_current()
        make_broker_folders()

"""The Celery application; workers start with `-A shield.celery`."""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shield.settings.local")

app = Celery("shield")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def make_broker_folders() -> None:
    """The file broker refuses to work before its folders exist; other brokers have none."""
    for key, value in settings.CELERY_BROKER_TRANSPORT_OPTIONS.items():
        if key.endswith(("folder", "folder_in", "folder_out")):
            Path(value).mkdir(parents=True, exist_ok=True)

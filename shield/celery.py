"""The Celery application; workers start with `-A shield.celery`."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shield.settings.local")

app = Celery("shield")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

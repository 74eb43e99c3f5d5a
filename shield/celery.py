"""The Celery application; workers start with `-A shield.celery`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

if TYPE_CHECKING:  # a worker's own module: nobody else needs it
    from celery.worker.consumer import Consumer

WORKERS = ("heavy", "light")
"""The queues, each with a worker of its name: runs, and everything that is short."""

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shield.settings.local")

app = Celery("shield")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A task's log lines and audit events carry the id of the request that asked for it.
app.steps["worker"].add(DjangoStructLogInitStep)


def make_broker_folders() -> None:
    """The file broker refuses to work before its folders exist; other brokers have none."""
    for key, value in settings.CELERY_BROKER_TRANSPORT_OPTIONS.items():
        if key.endswith(("folder", "folder_in", "folder_out")):
            Path(str(value)).mkdir(parents=True, exist_ok=True)


def ready_file(worker: str) -> Path:
    """Where a worker of this machine says that it is ready."""
    return Path(settings.VAR_DIR) / "run" / f"{worker}.ready"


@worker_ready.connect
def say_ready(sender: Consumer, **facts: object) -> None:
    """Tell whoever started this worker that it takes work now."""
    path = ready_file(sender.hostname.partition("@")[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()

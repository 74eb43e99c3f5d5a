"""For operators and orchestrators: does the process live, can it work, and how is it doing.

* `/healthz`: the process answers; asks nothing else, so that a database that is away for a moment
  does not get the process killed.
* `/readyz`: every part that a request or a run needs; 503 names the part and what to do.
* `/metrics`: Prometheus; from this machine, or with the permission `operations.view`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import structlog
from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shield.audit.models import Verification
from shield.audit.sealing import unsealed_count
from shield.audit.selectors import LATE
from shield.audit.watching import lacks
from shield.notify.models import SetAside
from shield.notify.outbox import oldest_waiting
from shield.notify.reading import PEOPLE, WEBHOOKS

log = structlog.get_logger(__name__)

BROKER_WAIT_S: Final = 2.0
AGAIN_S: Final = 0.2
"""Between the two attempts to reach the broker: who asks waits for the answer."""
FRESH_S: Final = 2.0
"""How long an answer of `/readyz` is reused: anybody may ask, and asking writes a file."""


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503; the body says which part does not and what to do.

    `warnings`, where there are any, ask for an operator and keep nobody from working.
    """
    parts = _PROBE.parts()
    ready = all(part is None for part in parts.values())
    body: dict[str, object] = {
        "ready": ready,
        "parts": {
            name: {"ok": True} if trouble is None else {"ok": False, **trouble.as_json()}
            for name, trouble in parts.items()
        },
    }
    if warned := _PROBE.warnings():
        body["warnings"] = {name: trouble.as_json() for name, trouble in warned.items()}
    return JsonResponse(body, status=200 if ready else 503)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a part is not ready. Details go to the log: this answer is open to everybody."""

    message: str
    hint: str

    def as_json(self) -> dict[str, str]:
        """For the body of the answer."""
        return {"message": self.message, "hint": self.hint}


def database() -> Trouble | None:
    """The database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Exception as error:
        _note("database", error)
        return Trouble(
            "The database does not answer.", "Check SHIELD_DATABASE_URL and the database server."
        )
    return None


def migrations() -> Trouble | None:
    """Every migration of this version of the product has been applied."""
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except Exception as error:
        _note("migrations", error)
        return Trouble(
            "The database could not be asked for its migrations.", "See the part database."
        )
    missing = len(_on_disk() - applied)
    if missing:
        return Trouble(f"{missing} migrations are missing.", "Run python manage.py migrate.")
    return None


def broker() -> Trouble | None:
    """The queue takes messages."""
    try:
        folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("data_folder_out")
        if folder:  # the file broker connects to anything: only writing tells
            _write_and_remove(Path(str(folder)))
        else:
            with current_app.connection_for_write() as channel:
                channel.ensure_connection(
                    max_retries=1, interval_start=AGAIN_S, timeout=BROKER_WAIT_S
                )
    except Exception as error:
        _note("broker", error)
        return Trouble(
            "The message broker does not answer.", "Check SHIELD_BROKER_URL and the broker."
        )
    return None


def storage() -> Trouble | None:
    """Files can be written and removed."""
    try:
        name = default_storage.save(f"health/{uuid.uuid4().hex}", ContentFile(b"ok"))
        default_storage.delete(name)
    except Exception as error:
        _note("storage", error)
        return Trouble(
            "Files cannot be written to the storage.",
            "Check its free space and the rights of this process.",
        )
    return None


def audit() -> Trouble | None:
    """The trail is intact, was verified lately, is sealed, and its heads are published."""
    try:
        late = unsealed_count(older_than=LATE)
        last = Verification.objects.first()
        missing = next(lacks(), None)
    except Exception as error:
        _note("audit", error)
        return None  # the parts database and migrations say it
    if last is not None and not last.intact:
        return Trouble("The audit trail is broken.", "Run python manage.py verify_audit.")
    if late:
        return Trouble(
            f"{late} events of the audit trail have waited for their seal for more than ten minutes.",
            "Check that the beat and a worker of the queue light run; python manage.py seal_audit.",
        )
    if missing is not None:
        return Trouble(missing.message, missing.hint)
    return None


def messages() -> Trouble | None:
    """Events become messages and deliveries in time, and none had to be set aside."""
    try:
        aside = SetAside.objects.count()
        waits = min(filter(None, map(oldest_waiting, (PEOPLE, WEBHOOKS))), default=None)
    except Exception as error:
        _note("messages", error)
        return None  # the parts database and migrations say it
    if aside:
        return Trouble(
            f"{aside} events could not be turned into messages; they are tried again.",
            "Look for notify_event_set_aside in the log of the workers, and report it.",
        )
    if waits is not None and waits < timezone.now() - LATE:
        return Trouble(
            "Events have waited to be told for more than ten minutes.",
            "Check that the beat and a worker of the queue light run.",
        )
    return None


WARNINGS: Final[dict[str, Callable[[], Trouble | None]]] = {"audit": audit, "messages": messages}

PARTS: Final[dict[str, Callable[[], Trouble | None]]] = {
    "database": database,
    "migrations": migrations,
    "broker": broker,
    "storage": storage,
}


class Probe:
    """Asks the parts, at most once every `FRESH_S` seconds a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked_at = -FRESH_S
        self._parts: dict[str, Trouble | None] = {}
        self._warnings: dict[str, Trouble] = {}

    def parts(self) -> dict[str, Trouble | None]:
        """Part → trouble; None where it works."""
        with self._lock:
            if time.monotonic() - self._asked_at >= FRESH_S:
                self._parts = {name: ask() for name, ask in PARTS.items()}
                found = {name: ask() for name, ask in WARNINGS.items()}
                self._warnings = {name: it for name, it in found.items() if it is not None}
                self._asked_at = time.monotonic()
            return dict(self._parts)

    def warnings(self) -> dict[str, Trouble]:
        """Part → what an operator should look at, as of the last answer of `parts`."""
        return dict(self._warnings)


_PROBE = Probe()


@cache
def _on_disk() -> frozenset[tuple[str, str]]:
    """The migrations that the code brings; the graph is loaded once a process."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _write_and_remove(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".ready-{uuid.uuid4().hex}"  # consumers look for names that end in .msg
    probe.write_bytes(b"ok")
    probe.unlink()


def _note(part: str, error: Exception) -> None:
    log.error("not_ready", part=part, error=f"{type(error).__name__}: {error}")

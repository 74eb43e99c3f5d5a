"""What happens to runs whose worker is gone, and to queued runs whose message got lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from shield.records.choices import RunState
from shield.records.models import Run
from shield.records.services import log_add

ATTEMPTS = 10
"""Claims after which a run is given up: something outside its checks stops every worker."""

UNHEARD = timedelta(minutes=5)
"""How long a queued run waits before its message counts as lost and is sent again."""

_GIVEN_UP = {
    "code": "run.attempts",
    "message": f"The worker stopped {ATTEMPTS} times before the run could finish.",
    "hint": "Look at the run's log and at the worker's; often the machine has too little memory.",
}


def runs_reap(*, now: datetime | None = None) -> list[UUID]:
    """Move runs with an expired lease on; answers every queued run that needs a message.

    Idempotent, and safe beside other reapers and beside a worker that wakes up: each row is moved
    by an UPDATE that names the attempt and the expired lease it saw.
    """
    now = now or timezone.now()
    expired = Run.objects.filter(state=RunState.RUNNING, lease_until__lt=now)
    for run in expired.only("pk", "attempt", "cancel_requested_at"):
        _reap(run, now)
    waiting = Run.objects.filter(state=RunState.QUEUED).annotate(
        heard_at=Coalesce(F("enqueued_at"), F("queued_at"))
    )
    return list(waiting.filter(heard_at__lt=now - UNHEARD).values_list("pk", flat=True))


@transaction.atomic
def _reap(run: Run, now: datetime) -> None:
    seen = Run.objects.filter(
        pk=run.pk, state=RunState.RUNNING, attempt=run.attempt, lease_until__lt=now
    )
    if run.cancel_requested_at is not None:
        changes = {"state": RunState.CANCELLED, "finished_at": now}
        said = "Cancelled: its worker is gone."
    elif run.attempt >= ATTEMPTS:
        changes = {"state": RunState.ERRORED, "finished_at": now, "error": _GIVEN_UP}
        said = _GIVEN_UP["message"]
    else:
        # Its last message went with the worker: `enqueued_at` in the past asks for a new one.
        changes = {"state": RunState.QUEUED, "enqueued_at": now - 2 * UNHEARD}
        said = "The worker is gone; the run is queued again."
    if seen.update(lease_until=None, worker="", phase="", **changes):
        log_add(run_id=run.pk, message=said, level="warning")


def runs_mark_enqueued(*, run_ids: list[UUID], now: datetime | None = None) -> None:
    """Note that a message was sent for these runs."""
    Run.objects.filter(pk__in=run_ids, state=RunState.QUEUED).update(
        enqueued_at=now or timezone.now()
    )

"""Who may write to a run: claiming it, holding it, losing it.

The race, step by step. Two workers, A and B, hear of the same queued run.

1. Both send `UPDATE … SET state = running, worker = me, attempt = attempt + 1 WHERE id = … AND
   state = queued`. The database lets one go first, say A, and A's statement touches one row.
2. B's statement waits for A's commit, looks at the row again, finds it running, touches no row,
   and B goes away. Nobody reads before writing, so there is no moment in which both believe.
3. A renews `lease_until` while it works. If A dies, the lease runs out and the reaper moves the
   run back to queued, again by an UPDATE that names the attempt it saw; B claims attempt 2.
4. If A was only asleep (a stopped machine, a long pause) and wakes up now, every write it makes
   is `UPDATE … WHERE worker = A AND attempt = 1` inside the same transaction as what it wants to
   write. It touches no row, the transaction is undone, and A learns that it lost the lease.

Only liveness depends on clocks that agree to within the lease; safety does not: the attempt
number is the fence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from shield.common.errors import Conflict
from shield.records.choices import RunState
from shield.records.models import Run

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to one run: this worker, this attempt."""

    run_id: UUID
    worker: str
    attempt: int


class LeaseLost(Conflict):
    """Somebody else has the run now, or it has ended; whatever was being written was undone."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(
            "run.lease_lost",
            f"Run {lease.run_id} is no longer this worker's (attempt {lease.attempt}).",
            "Nothing to do: another worker goes on from the last finished check.",
        )


def lease_claim(*, run_id: UUID, worker: str) -> Lease | None:
    """Claim a queued run; None when it is not there to be claimed. See the module for the race."""
    now = timezone.now()
    Run.objects.filter(pk=run_id, state=RunState.QUEUED).update(
        state=RunState.RUNNING,
        worker=worker,
        attempt=F("attempt") + 1,
        lease_until=now + LEASE,
        started_at=Coalesce(F("started_at"), now),
        phase="",
    )
    # The worker's name is new for every execution, so a row that carries it was touched by us, be
    # it now or by a claim whose answer was lost on the way.
    mine = Run.objects.filter(pk=run_id, state=RunState.RUNNING, worker=worker)
    attempt = mine.values_list("attempt", flat=True).first()
    return Lease(run_id, worker, attempt) if attempt is not None else None


def lease_hold(lease: Lease, **changes: object) -> None:
    """Renew the lease and write `changes` to the run, if it is still ours; else raise LeaseLost.

    Called first in every transaction of a worker: the row stays locked until it commits, so that
    the reaper cannot come in between.
    """
    touched = _held(lease).update(lease_until=timezone.now() + LEASE, **changes)
    if touched != 1:
        raise LeaseLost(lease)


def lease_end(lease: Lease, state: RunState, **changes: object) -> None:
    """Give the run its final state, if it is still ours; else raise LeaseLost."""
    touched = _held(lease).update(
        state=state, lease_until=None, finished_at=timezone.now(), phase="", **changes
    )
    if touched != 1:
        raise LeaseLost(lease)


def lease_is_lost(lease: Lease) -> bool:
    """True when the run's row says that it belongs to somebody else or has ended."""
    return Run.objects.filter(pk=lease.run_id).exists() and not _held(lease).exists()


def _held(lease: Lease) -> QuerySet[Run]:
    return Run.objects.filter(
        pk=lease.run_id, state=RunState.RUNNING, worker=lease.worker, attempt=lease.attempt
    )

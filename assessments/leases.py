"""Who may write to a submission: claimed by one conditional UPDATE, renewed while its worker lives.

As with runs (`shield.records.leases` tells the race). A file of gigabytes is copied, described or
scored within one call, for longer than the lease: so a thread renews it, not the work.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from assessments.choices import SubmissionState
from assessments.models import Submission

LEASE: Final = timedelta(minutes=5)
RENEWED_EVERY: Final = timedelta(seconds=20)

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Somebody else has the submission now; nothing is to be written."""


@dataclass(slots=True)
class Lease:
    """The right to write to one submission: this worker, this attempt."""

    submission: Submission
    worker: str
    noted_at: datetime | None = field(default=None)

    def write(self, **changes: object) -> None:
        """Write and renew, if it is still ours; else raise LeaseLost."""
        touched = Submission.objects.filter(
            pk=self.submission.pk,
            worker=self.worker,
            attempt=self.submission.attempt,
            state=SubmissionState.REGISTERING,
        ).update(**{"lease_until": timezone.now() + LEASE, **changes})
        if touched != 1:
            raise LeaseLost

    def report(self, fraction: float, message: str) -> None:
        """Progress for whoever waits, every so often."""
        now = timezone.now()
        if self.noted_at is None or now - self.noted_at > RENEWED_EVERY:
            self.noted_at = now
            self.write(progress=fraction, phase=message[:200])


class Kept:
    """Renews the lease from a thread until the `with` block ends, or until it is lost.

    It stops nothing: a worker that has lost its lease learns so from its next write.
    """

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="submission-lease", daemon=True)

    def __enter__(self) -> Kept:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _renew(self) -> None:
        try:
            while not self._done.wait(RENEWED_EVERY.total_seconds()):
                try:
                    self.lease.write()
                except LeaseLost:
                    return
                except DatabaseError as error:  # away for a moment; the next time tries again
                    log.warning("lease_not_renewed", error=str(error).strip())
                    connection.close()
        finally:
            connection.close()  # this thread's own connection


def claim(*, submission_id: UUID, worker: str) -> Lease | None:
    """The lease of a queued submission; None when it is not there to be claimed."""
    Submission.objects.filter(pk=submission_id, state=SubmissionState.QUEUED, run=None).update(
        state=SubmissionState.REGISTERING,
        worker=worker[:100],
        attempt=F("attempt") + 1,
        lease_until=timezone.now() + LEASE,
    )
    mine = Submission.objects.select_related("owner", "unit").filter(
        pk=submission_id, state=SubmissionState.REGISTERING, worker=worker[:100]
    )
    found = mine.first()
    return Lease(found, found.worker) if found is not None else None

"""Keeps a lease alive while its worker computes, and hears of cancelling.

A thread, because a check may compute for minutes inside one call of a library.
"""

from __future__ import annotations

import threading
from types import TracebackType

import structlog
from django.db import DatabaseError, connection

from shield.records.leases import Lease, LeaseLost, lease_hold, lease_is_lost
from shield.records.models import Run

BEAT_S = 5.0

log = structlog.get_logger(__name__)


class Heartbeat:
    """Renews the lease every `every_s` seconds until the `with` block ends.

    `report` notes the progress, which the next beat writes. `stop_reason` becomes "cancelled" or
    "lost" and is for the worker to look at; the thread itself stops nothing.
    """

    def __init__(self, lease: Lease, *, every_s: float = BEAT_S) -> None:
        self.lease = lease
        self.stop_reason: str | None = None
        self._every_s = every_s
        self._done = threading.Event()
        self._noted: tuple[float, str] | None = None
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def report(self, fraction: float, phase: str) -> None:
        """Note how far the run is (0 … 1) and what it does; cheap, writes nothing itself."""
        self._noted = (min(max(fraction, 0.0), 1.0), phase[:200])

    def __enter__(self) -> Heartbeat:
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

    def _beat(self) -> None:
        try:
            while not self._done.wait(self._every_s) and self.stop_reason != "lost":
                try:
                    self.beat()
                except DatabaseError as error:  # away for a moment; the next beat tries again
                    log.warning("heartbeat_missed", error=str(error).strip())
                    connection.close()
        finally:
            connection.close()  # this thread's own connection

    def beat(self) -> None:
        """One beat: renew, write the noted progress, look whether to stop."""
        noted = self._noted
        try:
            if noted is None:
                lease_hold(self.lease)
            else:
                lease_hold(self.lease, progress=noted[0], phase=noted[1])
        except LeaseLost:
            # Under a test's open transaction this thread cannot see the run; that is not a loss.
            if lease_is_lost(self.lease):
                self.stop_reason = "lost"
            return
        cancelled = Run.objects.filter(pk=self.lease.run_id, cancel_requested_at__isnull=False)
        if cancelled.exists():
            self.stop_reason = "cancelled"

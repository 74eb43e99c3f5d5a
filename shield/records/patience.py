"""Waiting for a database that went away: a restart or a fail-over must not cost a run.

Every write of a run is idempotent, so a transaction whose commit was lost on the way back may be
tried again without harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection

T = TypeVar("T")

PATIENCE_S = 120.0
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
# What waiting cannot mend, in SQLite's words (it reports these as OperationalError too).
_LASTING = ("no such", "has no column", "disk is full", "readonly", "syntax error")

log = structlog.get_logger(__name__)


def patiently(
    work: Callable[[], T],
    *,
    patience_s: float = PATIENCE_S,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """`work()`, tried again with growing pauses while the database is away.

    Raises the last error once `patience_s` have passed, and at once when waiting cannot help or
    when an outer transaction is open (only its owner could try it again).
    """
    if connection.in_atomic_block:
        return work()
    deadline, wait = time.monotonic() + patience_s, FIRST_WAIT_S
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError) as error:
            if not is_passing(error) or time.monotonic() + wait > deadline:
                raise
            log.warning("database_away", error=str(error).strip(), wait_s=wait)
            connection.close()
        sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT_S)


def is_passing(error: DatabaseError | InterfaceError) -> bool:
    """True when the database may come back by itself."""
    text = str(error).lower()
    return not any(words in text for words in _LASTING)

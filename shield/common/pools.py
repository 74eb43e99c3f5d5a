"""Connection pools do not survive a fork; this makes a forked process start with none.

A prefork worker (Celery, gunicorn with --preload) inherits the parent's sockets and a pool whose
threads do not exist in the child. Used, it would interleave two processes on one connection;
closed, it would end the parent's session. So the child only forgets it: the objects are kept alive
(libpq closes a connection only in the process that opened it), and the next query opens a new pool.
"""

from __future__ import annotations

import os
import sys

from django.db import connections

_inherited: list[object] = []


def forget_after_fork() -> None:
    """Call once a process; from then on every fork of it starts without database connections."""
    os.register_at_fork(after_in_child=forget)


def forget() -> None:
    """Leave behind every inherited connection and pool, open and untouched."""
    backend = sys.modules.get("django.db.backends.postgresql.base")
    if backend is None:
        return
    pools = backend.DatabaseWrapper._connection_pools
    _inherited.append(dict(pools))
    pools.clear()
    for wrapper in connections.all(initialized_only=True):
        if wrapper.vendor == "postgresql":
            _inherited.append(wrapper.connection)
            wrapper.connection = None

"""Names of workers."""

from __future__ import annotations

import os
import platform
import secrets


def worker_name() -> str:
    """`host:pid:random`, new for every execution: two of one process are two workers to a lease."""
    return f"{platform.node()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"

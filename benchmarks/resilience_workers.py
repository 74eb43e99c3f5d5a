"""Worker processes that can be killed: forked, so that everything is loaded already."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def forked(work: Callable[[], None]) -> Iterator[int]:
    """A child process that runs `work` and leaves at once; yields its process id."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    yield child


def killed(child: int, *, after_s: float) -> bool:
    """Kill the child once `after_s` have passed; False when it had already left."""
    time.sleep(after_s)
    gone, _ = os.waitpid(child, os.WNOHANG)
    if gone:
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True

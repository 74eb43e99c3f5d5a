"""Several processes as one group: started together, restarted when they crash, stopped together.

Nothing of the group outlives it: on SIGTERM, SIGINT or SIGHUP every child gets SIGTERM, then, after
a grace period, its whole process group gets SIGKILL. If the supervisor itself is killed, the kernel
sends its children SIGTERM (on Linux).
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 30.0
"""A child that lived so long starts again with the first pause."""
GRACE_S = 10.0
LOOK_S = 0.1
LOG_LIMIT = 10 * 1024 * 1024
TAIL_LINES = 15

LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(slots=True)
class Child:
    """One process of the group; its output goes to `log`."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    start_at: float = field(default=0.0)

    def start(self, environment: Mapping[str, str], folder: Path) -> None:
        """Start it in a session of its own, so that the terminal's Ctrl-C reaches only us."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
                preexec_fn=_die_with_parent if LINUX else None,  # noqa: PLW1509  (one thread)
            )
        self.started_at = time.monotonic()

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the process, or to all that it started, if there is one."""
        if self.process is None:
            return
        try:
            if group:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        except ProcessLookupError:
            return  # it has gone by itself

    def tail(self) -> str:
        """The last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


class Supervisor:
    """Runs the children in `folder` until a signal asks to stop; `say` hears what happens."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        environment: Mapping[str, str],
        folder: Path,
        say: Callable[[str], None],
        grace_s: float = GRACE_S,
    ) -> None:
        self.children = list(children)
        self._environment = environment
        self._folder = folder
        self._say = say
        self._grace_s = grace_s
        self._stopping = False

    def run(self, *, healthy: Callable[[], bool], patience_s: float, announce: str) -> bool:
        """Start, wait until `healthy`, say `announce`, supervise; False when it never got healthy."""
        with self._signals():
            try:
                for child in self.children:
                    child.start(self._environment, self._folder)
                if not self._wait_until(healthy, patience_s):
                    return self._stopping
                self._say(announce)
                while not self._stopping:
                    self._look()
                    time.sleep(LOOK_S)
            finally:
                self._stop()
        return True

    def _wait_until(self, healthy: Callable[[], bool], patience_s: float) -> bool:
        deadline = time.monotonic() + patience_s
        while not self._stopping:
            if healthy():
                return True
            if time.monotonic() > deadline:
                self._say(f"not healthy after {patience_s:.0f} s; the last lines of the logs:")
                for child in self.children:
                    self._say(f"--- {child.name} ({child.log})\n{child.tail()}")
                return False
            self._look()
            time.sleep(LOOK_S)
        return False

    def _look(self) -> None:
        """Start again what has ended, after a pause that doubles while it keeps ending."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.start_at:
                    child.start(self._environment, self._folder)
                continue
            code = child.process.poll()
            if code is None:
                continue
            child.send(signal.SIGKILL, group=True)  # what it started must not outlive it
            if now - child.started_at > STEADY_S:
                child.pause_s = FIRST_PAUSE_S
            self._say(
                f"{child.name} ended with {_words(code)}; again in {child.pause_s:g} s"
                f" (log: {child.log})\n{child.tail()}"
            )
            child.process = None
            child.start_at = now + child.pause_s
            child.pause_s = min(child.pause_s * 2, LONGEST_PAUSE_S)

    def _stop(self) -> None:
        """SIGTERM to all, grace, then SIGKILL to what is left of each group."""
        for child in self.children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + self._grace_s
        alive = [child for child in self.children if child.process is not None]
        while alive and time.monotonic() < deadline:
            alive = [c for c in alive if c.process is not None and c.process.poll() is None]
            time.sleep(LOOK_S)
        for child in self.children:
            child.send(signal.SIGKILL, group=True)
            if child.process is not None:
                child.process.wait()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(number: int, frame: FrameType | None) -> None:
            self._stopping = True

        before = {number: signal.signal(number, stop) for number in _STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _die_with_parent() -> None:
    """Runs in the child before exec: SIGTERM when the supervisor dies, however it dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _words(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

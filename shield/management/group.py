"""The processes of the embedded profile, and how to tell that they work."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shield.celery import WORKERS, ready_file
from shield.common.errors import Conflict
from shield.management.supervisor import Child

HOST = "127.0.0.1"
PROBE_S = 2.0


def children(*, port: int, logs: Path) -> list[Child]:
    """Web server, one worker for runs, one for small tasks, and the only beat."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "shield.celery"]
    web = [
        *python, "gunicorn", "shield.wsgi:application", "--bind", f"{HOST}:{port}",
        "--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "5",
    ]  # fmt: skip
    workers = {
        name: [
            *celery, "worker", "--pool", "solo", "--queues", name, "--hostname", f"{name}@%h",
            "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ]
        for name in WORKERS
    }  # fmt: skip
    commands = {"web": web, **workers, "beat": [*celery, "beat", "--pidfile=", "--loglevel=INFO"]}
    return [Child(name, command, logs / f"{name}.log") for name, command in commands.items()]


def environment(var: Path) -> Mapping[str, str]:
    """The shell's own, with one thread of arithmetic a process, because the processes share the
    cores, and with a log line for every request and run."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    own = {"PYTHONUNBUFFERED": "1", "SHIELD_VAR_DIR": str(var.resolve())}
    return {**one, "SHIELD_LOG_LEVEL": "INFO", **os.environ, **own}


def healthy(*, port: int) -> bool:
    """True when the web server answers and every worker has said that it is ready."""
    return all(ready_file(name).exists() for name in WORKERS) and _answers(port)


def forget_readiness() -> None:
    """Remove what the workers of an earlier group said."""
    for name in WORKERS:
        ready_file(name).unlink(missing_ok=True)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=PROBE_S) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def refuse_taken_port(port: int) -> None:
    """Conflict when something listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Conflict(
                "up.port_taken",
                f"Port {port} is in use: {error.strerror}.",
                "Stop what uses it, or choose another one: manage.py up --port 8001",
            ) from error


@contextmanager
def only_group(var: Path) -> Iterator[None]:
    """Hold the right to run the group of this folder: there may be exactly one beat."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Conflict(
                "up.running",
                f"The product runs already from {var} (process {lock.read().strip() or '?'}).",
                "Stop it with Ctrl-C in its terminal, or set SHIELD_VAR_DIR for a second one.",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield

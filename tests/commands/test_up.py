"""`manage.py up`: one group that works, heals and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.resilience.support import service, shell

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="finds processes through Linux's /proc"
)

# What the web process does when somebody presses "Assess": the worker hears of it by the broker.
START = """
from assessments.services import register, run_start
from pathlib import Path
version = register(manifest_path=Path({manifest!r}), actor="test")
print(run_start(version=version, actor="test").pk)
"""
STATE = "from shield.records.models import Run; print(Run.objects.get(pk={run!r}).state)"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(parent: int) -> dict[int, str]:
    """Process id → command line of everything below `parent`."""
    parents, commands = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            commands[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # it ended meanwhile
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found, level = {}, {parent}
    while level:
        level = {pid for pid, above in parents.items() if above in level}
        found |= {pid: commands[pid] for pid in level}
    return found


def alive(pids: dict[int, str]) -> dict[int, str]:
    """Those that still run (a zombie that waits for its parent does not)."""
    left = {}
    for pid, command in pids.items():
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            left[pid] = command
    return left


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)


@contextmanager
def group(var: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A running group and the file with what it says; killed hard when the test forgets to stop it."""
    var.mkdir(exist_ok=True)
    said = var / "said.txt"
    environment = {k: v for k, v in os.environ.items() if k != "SHIELD_DATABASE_URL"}
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port)],
            env=environment
            | {"DJANGO_SETTINGS_MODULE": "shield.settings.local", "SHIELD_VAR_DIR": str(var)},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=var,
        )
    try:
        wait_for(
            lambda: "ready: http" in said.read_text() or process.poll() is not None,
            90,
            said.read_text(),
        )
        assert process.poll() is None, said.read_text()
        yield process, said
    finally:
        below = descendants(process.pid)
        process.kill()
        process.wait()
        for pid in alive(below):
            os.kill(pid, signal.SIGKILL)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_the_group_executes_runs_heals_refuses_a_second_one_and_stops_without_orphans(
    tmp_path: Path,
) -> None:
    """One long test, because a group takes seconds to start."""
    port, var = free_port(), tmp_path / "var"
    with group(var, port) as (process, said):
        below = descendants(process.pid)
        assert any("gunicorn" in command for command in below.values())
        assert sum("beat" in command for command in below.values()) == 1
        assert any("--queues heavy" in command for command in below.values())
        assert "nobody can sign in yet" in said.read_text()

        second = shell("up", "--port", free_port(), var=var)
        assert second.returncode == 3
        assert f"error [up.running]: The product runs already from {var} (process" in second.stderr

        script = START.format(manifest=str(service(tmp_path / "service")))
        run = shell("shell", "-c", script, var=var, check=True).stdout.split()[-1]
        wait_for(
            lambda: "finished" in shell("shell", "-c", STATE.format(run=run), var=var).stdout,
            60,
            "a worker executes the run",
        )

        web = next(
            pid for pid, c in below.items() if "gunicorn" in c and _parent(pid) == process.pid
        )
        os.kill(web, signal.SIGKILL)
        wait_for(lambda: "web ended with signal SIGKILL" in said.read_text(), 20, "it notices")
        wait_for(lambda: answers(port), 30, "the web server is back")

        everything = below | descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0, said.read_text()
        wait_for(lambda: not alive(everything), 5, f"orphans: {alive(everything)}")
        assert said.read_text().rstrip().endswith("stopped.")


def test_when_the_supervisor_is_killed_its_children_go_too(tmp_path: Path) -> None:
    with group(tmp_path / "var", free_port()) as (process, _):
        below = descendants(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not alive(below), 30, f"orphans: {alive(below)}")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = shell("up", "--port", port, var=tmp_path)
    assert done.returncode == 3
    assert f"error [up.port_taken]: Port {port} is in use" in done.stderr
    assert "--port 8001" in done.stderr
    assert not (tmp_path / "log").exists()

"""The supervisor with children that crash, ignore signals, or never get well."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from shield.management import supervisor as module
from shield.management.supervisor import Child, Supervisor

IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
CRASHES = (
    "import pathlib, sys; p = pathlib.Path({0!r}); p.write_text(p.read_text() + 'x'); sys.exit(7)"
)


def child(folder: Path, name: str, source: str) -> Child:
    return Child(name, [sys.executable, "-c", source], folder / f"{name}.log")


def supervise(folder: Path, *children: Child, stop_after: float, healthy=lambda: True):
    """Run until `stop_after` seconds have passed, as if Ctrl-C came then; answers (ok, said)."""
    said: list[str] = []
    timer = threading.Timer(stop_after, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    group = Supervisor(
        children, environment=os.environ, folder=folder, say=said.append, grace_s=1.0
    )
    try:
        ok = group.run(healthy=healthy, patience_s=1.0, announce="ready")
    finally:
        timer.cancel()
        timer.join()
    return ok, said


def test_a_child_that_crashes_is_started_again_with_growing_pauses(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.1)
    starts = tmp_path / "starts"
    starts.touch()
    crashing = child(tmp_path, "crashing", CRASHES.format(str(starts)))
    crashing.pause_s = 0.1
    _, said = supervise(tmp_path, crashing, stop_after=4.0)
    pauses = [text.split("again in ")[1].split(" s")[0] for text in said if "again in" in text]
    assert pauses[:3] == ["0.1", "0.2", "0.4"]
    assert "exit code 7" in said[1]
    assert len(starts.read_text()) >= 3


def test_a_child_that_ignores_the_polite_signal_is_killed_after_the_grace_period(tmp_path) -> None:
    stubborn = child(tmp_path, "stubborn", IGNORES)
    began = time.monotonic()
    ok, said = supervise(tmp_path, stubborn, stop_after=1.0)
    assert ok
    assert said == ["ready"]
    assert time.monotonic() - began < 10
    assert stubborn.process.returncode == -signal.SIGKILL


def test_grandchildren_do_not_outlive_the_group(tmp_path) -> None:
    pid_file = tmp_path / "pid"
    source = (
        "import subprocess, sys, time, pathlib;"
        f"p = subprocess.Popen([sys.executable, '-c', {IGNORES!r}]);"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(p.pid)); time.sleep(60)"
    )
    supervise(tmp_path, child(tmp_path, "parent", source), stop_after=1.5)
    grandchild = int(pid_file.read_text())
    deadline = time.monotonic() + 5
    while Path(f"/proc/{grandchild}").exists():
        state = Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_group_that_never_gets_well_is_stopped_and_shows_its_logs(tmp_path) -> None:
    sick = child(tmp_path, "sick", "print('no licence', flush=True); import time; time.sleep(60)")
    ok, said = supervise(tmp_path, sick, stop_after=30, healthy=lambda: False)
    assert not ok
    assert "not healthy after 1 s" in said[0]
    assert "no licence" in said[1]
    assert sick.process.returncode is not None


def test_a_large_log_is_put_aside(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "LOG_LIMIT", 10)
    quick = child(tmp_path, "quick", "import time; time.sleep(60)")
    quick.log.write_text("x" * 11)
    supervise(tmp_path, quick, stop_after=0.5)
    assert (tmp_path / "quick.log.1").read_text() == "x" * 11


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_every_stopping_signal_stops_and_the_old_handlers_come_back(tmp_path, number) -> None:
    before = signal.getsignal(number)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), number))
    timer.start()
    steady = child(tmp_path, "steady", "import time; time.sleep(60)")
    group = Supervisor(
        [steady], environment=os.environ, folder=tmp_path, say=lambda text: None, grace_s=1.0
    )
    assert group.run(healthy=lambda: True, patience_s=5.0, announce="")
    timer.join()
    assert signal.getsignal(number) is before
    assert steady.process.returncode == -signal.SIGTERM

"""The production broker: a run that is enqueued over Redis is executed by a worker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.badinput.cases import good

INSTALL = "Redis is not installed: apt-get install redis-server"
PATIENCE_S = 90

START = """
import sys
from pathlib import Path
from assessments.services import register, run_start
version = register(manifest_path=Path(sys.argv[1]), actor="test")
print(run_start(version=version, actor="test").pk)
"""
STATE = """
import sys
from shield.records.models import Run
run = Run.objects.get(pk=sys.argv[1])
print(run.state, run.checks.count())
"""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A private server on a unix socket, without a port and without a file; yields its URL."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(INSTALL, pytrace=False)
        pytest.skip(INSTALL)
    socket = tmp_path / "redis.sock"
    with subprocess.Popen(
        [program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", tmp_path],
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            _wait(socket.exists, "the socket of Redis")
            yield f"redis+socket://{socket}"
        finally:
            server.terminate()


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, f"{what} did not come within {PATIENCE_S} s"
        time.sleep(0.2)


def test_a_run_enqueued_over_redis_is_executed_by_a_worker(redis: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "shield.settings.local",
        "SHIELD_VAR_DIR": str(tmp_path / "var"),
        "SHIELD_DATABASE_URL": f"sqlite:///{tmp_path / 'shield.sqlite3'}",
        "SHIELD_BROKER_URL": redis,
    }

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, text=True, check=False,
            capture_output=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def django(code: str, argument: str) -> str:
        return python("-c", f"import django; django.setup()\n{code}", argument).splitlines()[-1]

    python("manage.py", "migrate", "--verbosity", "0")
    folder = tmp_path / "service"
    folder.mkdir()
    run = django(START, str(good(folder)))
    assert django(STATE, run).startswith("queued")
    log = tmp_path / "worker.log"
    worker = [sys.executable, "-m", "celery", "-A", "shield.celery", "worker", "-c", "1"]
    with (
        log.open("w") as output,
        subprocess.Popen(
            [*worker, "-Q", "heavy,light"], cwd=ROOT, env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            _wait(lambda: django(STATE, run).startswith("finished"), f"the run ({log.read_text()})")
        finally:
            process.terminate()
    assert int(django(STATE, run).split()[1]) > 5

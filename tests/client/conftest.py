"""A live server, and the client as pipelines run it: another process with nothing but the file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shield.accounts.choices import Role
from shield.accounts.services import token_create
from tests import factories
from tests.architecture.sources import ROOT

CLIENT = ROOT / "shield" / "client" / "shield_ci.py"
Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def token(transactional_db: None) -> str:
    """An engineer's."""
    return token_create(user=factories.user(role=Role.ENGINEER), name="ci", days=1, actor="t")[1]


def run_client(*arguments: str | Path, env: dict[str, str], folder: Path, **more: object) -> Ran:
    """The client in a process of its own, without the product on its path."""
    clean = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.run(
        [sys.executable, "-I", str(CLIENT), *map(str, arguments)],
        env={**clean, **env},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        **more,
    )  # type: ignore[call-overload]


@pytest.fixture
def workers(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the queue brings is done at once, in the thread that answers the request."""
    from celery import current_app

    from assessments import tasks

    def send(name: str, args: list[str] | None = None, **_: object) -> None:
        getattr(tasks, name.rpartition(".")[2])(*(args or []))

    monkeypatch.setattr(current_app, "send_task", send)
    yield


@pytest.fixture
def client(live_server: object, token: str, workers: None, tmp_path: Path) -> Callable[..., Ran]:
    """`client("assess", manifest, …)` against the live server, with a token."""

    def call(*arguments: str | Path, **more: object) -> Ran:
        env = {"SHIELD_TOKEN": token, "SHIELD_SERVER": live_server.url} | more.pop("env", {})  # type: ignore[attr-defined, operator]
        return run_client(*arguments, env=env, folder=tmp_path, **more)

    return call

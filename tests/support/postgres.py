"""A private PostgreSQL cluster for the tests: own folder, unix socket, no TCP, gone afterwards.

    python -m tests.support.postgres pytest …      runs a command with SHIELD_DATABASE_URL set

PostgreSQL refuses to run as root, so that root starts it as the distribution's user `postgres`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

INSTALL = "apt-get install postgresql (or put initdb and postgres on PATH)"

# Durability is bought with time that a throw-away cluster need not spend.
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "log_min_messages": "fatal",
}


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, the newest version first, or None where there is none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(found, key=lambda path: int(path.parts[-3]), reverse=True)
    return newest[0].parent if newest else None


def server_user() -> str | None:
    """The user that the server must run as, or None for the present one."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("root cannot run PostgreSQL and there is no user postgres or nobody")


def _run(command: list[str | Path], *, user: str | None, home: Path) -> None:
    """Run one of PostgreSQL's programs as `user`; its output is shown only when it fails.

    The output goes to a file: the server that pg_ctl leaves behind would keep a pipe open for ever.
    """
    said = home / "said"
    with said.open("w") as output:
        done = subprocess.run(
            command,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {said.read_text()}")


@contextmanager
def cluster(*, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """A running cluster; yields its database URL. `settings` replace those of the tests by name.

    Raises:
        RuntimeError: PostgreSQL is not installed, or did not start (with its own words).
    """
    folder = programs()
    if folder is None:
        raise RuntimeError(f"PostgreSQL is not installed: {INSTALL}")
    user = server_user()
    home = Path(tempfile.mkdtemp(prefix="shield-pg-"))
    data = home / "data"
    chosen = {**_OPTIONS, **(settings or {})}
    options = " ".join(f"-c {key}='{value}'" for key, value in chosen.items())
    initdb = [folder / "initdb", "-D", data, "-U", "shield", "-A", "trust", "-E", "UTF8"]
    control = [folder / "pg_ctl", "-D", data, "-w", "-t", "60"]
    try:
        if user:
            shutil.chown(home, user)
        _run([*initdb, "--no-sync", "--locale=C"], user=user, home=home)
        _run([*control, "-o", f"-k {home} {options}", "start"], user=user, home=home)
        try:
            yield f"postgres://shield@/{home}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"], user=user, home=home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main(command: list[str]) -> int:
    """Run `command` against a fresh cluster; its exit status is ours."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the cluster goes too
    with cluster() as url:
        environment = {**os.environ, "SHIELD_DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

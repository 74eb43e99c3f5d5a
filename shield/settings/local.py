"""The embedded profile: one machine, SQLite, no services beside the product's own processes."""

from __future__ import annotations

import contextlib
import fcntl
import secrets
import tempfile
from pathlib import Path

from shield.settings.base import *  # noqa: F403  (Django settings are composed this way)
from shield.settings.base import VAR_DIR
from shield.settings.env import env


def _private_folder() -> None:
    """Make the folder of people's data, sessions and secrets for this user's eyes only.

    One that is there already keeps its rights: it may be shared on purpose.
    """
    VAR_DIR.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        VAR_DIR.mkdir(mode=0o700)


def _local_secret() -> str:
    """A secret of this installation, made once, whole, and kept outside the repository."""
    path = VAR_DIR / "secret"
    if path.exists() and path.read_text():
        return path.read_text()
    with (VAR_DIR / "secret.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # processes that start together agree on one
        if not path.exists() or not path.read_text():
            with tempfile.NamedTemporaryFile("w", dir=VAR_DIR, delete=False) as new:  # mode 600
                new.write(secrets.token_urlsafe(50))
            Path(new.name).replace(path)
        return path.read_text()


_private_folder()
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _local_secret()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

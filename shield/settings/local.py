"""The embedded profile: one machine, SQLite, no services beside the product's own processes."""

from __future__ import annotations

import secrets

from shield.settings.base import *  # noqa: F403  (Django settings are composed this way)
from shield.settings.base import VAR_DIR
from shield.settings.env import env


def _local_secret() -> str:
    """A secret of this installation, made once and kept outside the repository."""
    path = VAR_DIR / "secret"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _local_secret()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

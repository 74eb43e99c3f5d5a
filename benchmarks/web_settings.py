"""The production profile on this machine only: no TLS in front, made-up secrets, static files at hand."""

import os

os.environ.setdefault("SHIELD_SECRET_KEY", "only-for-the-benchmark-" + "x" * 40)
os.environ.setdefault("SHIELD_ALLOWED_HOSTS", "127.0.0.1,testserver")
os.environ.setdefault("SHIELD_URL", "https://shield.example.org")
os.environ.setdefault("SHIELD_SSL_REDIRECT", "false")
os.environ.setdefault("SHIELD_BROKER_URL", "redis://127.0.0.1:1/0")  # nobody looks for it

from shield.settings.production import *  # noqa: F403
from shield.settings.production import STORAGES, VAR_DIR

AUDIT_KEY_FILE, AUDIT_KEY_MAKE = str(VAR_DIR / "audit-key.pem"), True
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shield_cache",
    }
}
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING = {"format": "json", "level": "ERROR"}

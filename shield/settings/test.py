"""Settings of the test suite: as the embedded profile, with a database and folders of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from shield.settings.base import *  # noqa: F403  (Django settings are composed this way)
from shield.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS, STORAGES

# The test processes share the cores; set before the apps are loaded, since libraries read it once.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

TEST_DIR = Path(tempfile.mkdtemp(prefix="shield-test-"))
atexit.register(shutil.rmtree, TEST_DIR, ignore_errors=True)

DEBUG = False
SCRATCH_DIR = TEST_DIR / "scratch"
SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["*"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": TEST_DIR / "files", "base_url": None},
    },
    "audit": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": TEST_DIR / "audit-heads", "base_url": None},
    },
}
AUDIT_KEY = ""
AUDIT_KEY_FILE = str(TEST_DIR / "audit-key.pem")
AUDIT_OLD_KEYS = []
CELERY_BROKER_TRANSPORT_OPTIONS = {
    key: value.replace(str(Path(value).parents[1]), str(TEST_DIR))
    if isinstance(value, str)
    else value
    for key, value in CELERY_BROKER_TRANSPORT_OPTIONS.items()
}
RATE_CALLER = RATE_PERSON = RATE_ADDRESS = 0  # the tests of the limits set their own
UPLOAD_DIR = str(TEST_DIR / "uploads")
# Looks for an asset when it is asked for; otherwise each of the tests' many clients lists all of them.
WHITENOISE_AUTOREFRESH = True

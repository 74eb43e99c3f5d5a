"""The production profile: everything that has no safe default must be set, or the start refuses."""

from __future__ import annotations

from shield.settings.base import *  # noqa: F403  (Django settings are composed this way)
from shield.settings.base import CACHE_URL, CACHES, CELERY_BROKER_URL, STORAGES, VAR_DIR
from shield.settings.env import env

DEBUG = False
SHIELD_PROFILE = "production"
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("TRUSTED_ORIGINS", default=[])
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# The cache is the Redis of the broker unless another is named; without any, a table.
if not CACHE_URL and CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
    CACHES = {"default": env.cache_url_config(CELERY_BROKER_URL)}

# A proxy on this machine would ask for everybody: Prometheus brings a token with the scope `admin`.
METRICS_FROM_LOOPBACK = env.bool("METRICS_FROM_LOOPBACK", default=False)
# Who decides and who gives rights proves twice who they are.
SECOND_FACTOR_ROLES = frozenset(
    env.list("SECOND_FACTOR_ROLES", default=["administrator", "approver"])
)

# The key that signs the audit trail is given, never made here: shield.E006 asks for it.
AUDIT_KEY_FILE = env.str("AUDIT_KEY_FILE", default="")
AUDIT_KEY_MAKE = False

STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = False
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LOGGING = {"format": "json", "level": env.str("LOG_LEVEL", default="INFO")}

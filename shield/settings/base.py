"""Settings that every profile shares; the embedded profile's choices are the defaults."""

from __future__ import annotations

from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF

from shield.settings.env import BASE_DIR, env
from shield.settings.sign_in import *  # noqa: F403  (how people sign in is a file of its own)

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",  # nothing registers itself: shield.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "django_celery_beat",
    "django_prometheus",
    "django_structlog",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "shield.common",
    "shield.audit",
    "shield.accounts",
    "shield.registry",
    "shield.uploads",
    "shield.records",
    "shield.findings",
    "shield.risk",
    "shield.frameworks",
    "shield.incidents",
    "shield.reports",
    "shield.notify",
    "shield.web",
    "assessments",
    "shield.apps.ShieldConfig",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "shield.accounts.middleware.PrivatePages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "shield.accounts.middleware.SessionLimits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shield.web.errors.ErrorPages",
    "shield.accounts.middleware.SecondFactorRequired",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "shield.urls"
WSGI_APPLICATION = "shield.wsgi.application"
ASGI_APPLICATION = "shield.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shield.web.context_processors.navigation",
            ],
        },
    }
]

DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'shield.sqlite3'}")
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Without IMMEDIATE, 1,491 of 1,800 concurrent writes failed with "database is locked"; with it none.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # One pool a process; forked workers forget the parent's (shield.common.pools).
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8), "timeout": 15},
        "connect_timeout": 10,
    }
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # a restarted database costs no request

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "shield.web.finders.VendorFinder",
]
# The embedded profile serves assets where they lie; production collects them first.
WHITENOISE_USE_FINDERS = True

# Shared by all processes: how often somebody asked, codes that were used. Never the only copy of anything.
CACHE_URL = env.str("CACHE_URL", default="")
CACHES = {
    "default": env.cache_url_config(CACHE_URL)
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shield_cache"}
}

# Artefacts (models, data, reports) are content-addressed files behind Django's storage API.
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # Published heads of the audit trail: a folder (or another storage) that whoever administers the
    # database cannot write to.
    "audit": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("AUDIT_HEADS_DIR", default=str(VAR_DIR / "audit-heads")),
            "base_url": None,
        },
    },
}

# After a change of the secret key: the old ones, which still open sessions and sealed secrets.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])

AUDIT_KEY = env.str("AUDIT_KEY", default="", multiline=True)  # the PEM text, or else a file
AUDIT_KEY_FILE = env.str("AUDIT_KEY_FILE", default=str(VAR_DIR / "audit-key.pem"))
AUDIT_KEY_MAKE = True  # the embedded profile makes its own, once
AUDIT_OLD_KEYS: list[str] = env.list("AUDIT_OLD_KEYS", default=[])  # public keys that signed before

# Where people reach this server: the root of every link in messages and webhooks.
SHIELD_URL = env.str("URL", default="http://127.0.0.1:8000").rstrip("/")
# smtp+tls://user:password@host:587; without it, mail is written to files that people can look at.
_mail = env.email_url("EMAIL_URL", default="filemail://")
vars().update(_mail | {"EMAIL_FILE_PATH": _mail["EMAIL_FILE_PATH"] or str(VAR_DIR / "mail")})
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="Shield <shield@localhost>")
# Addresses that people type in (webhooks): public https only, unless these say more.
OUTBOUND_ALLOW = env.list("OUTBOUND_ALLOW", default=[])  # networks: 10.20.0.0/16, 10.1.2.3
OUTBOUND_PORTS = env.list("OUTBOUND_PORTS", cast=int, default=[443, 8443])
OUTBOUND_LOOPBACK = env.bool("OUTBOUND_LOOPBACK", default=False)  # http to this machine: tests
OUTBOUND_CA_FILE = env.str("OUTBOUND_CA_FILE", default="")  # beside the system's authorities

# Files on their way in. With several web servers this must be one folder that all of them share.
UPLOAD_DIR = env.str("UPLOAD_DIR", default=str(VAR_DIR / "uploads"))
UPLOAD_LARGEST = env.int("UPLOAD_LARGEST", default=5 * 1024**3)  # bytes of one file
UPLOAD_SHARE = env.int("UPLOAD_SHARE", default=20 * 1024**3)  # bytes of one person's uploads
UPLOAD_INLINE = 10 * 1024**2  # bytes of a file that comes as a form

SCRATCH_DIR = VAR_DIR / "scratch"  # what a run unpacks, on this machine only

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "shield.web.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024**2

# Requests a minute to the API: of one token or session, of one person by all of theirs together, and of
# one address without a valid one.
RATE_CALLER = env.int("RATE_CALLER", default=1200)
RATE_PERSON = env.int("RATE_PERSON", default=3600)
RATE_ADDRESS = env.int("RATE_ADDRESS", default=60)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "shield.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["shield.accounts.permissions.PolicyPermission"],
    "DEFAULT_THROTTLE_CLASSES": ["shield.common.api_throttles.CallerThrottle"],
    "NUM_PROXIES": env.int("PROXIES", default=0),  # before the server, to know who asks
    "DEFAULT_PAGINATION_CLASS": "shield.common.pagination.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "shield.common.openapi.Schema",
    "EXCEPTION_HANDLER": "shield.common.api_errors.handle",
    "DEFAULT_PARSER_CLASSES": ["shield.common.api_parsers.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Shield",
    "DESCRIPTION": "Trustworthy-AI governance: services, runs, measurements, findings.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shield.common.openapi.common_answers",
    ],
    "ENUM_NAME_OVERRIDES": {
        "FindingState": "shield.findings.choices.FindingState",
        "Outcome": "shield.records.choices.OutcomeChoice",
        "RunState": "shield.records.choices.RunState",
        "SeverityLevel": "shield.records.choices.SeverityChoice",
        "Role": "shield.accounts.choices.Role",
        "TierLevel": "shield.registry.choices.Tier",
        "IncidentState": "shield.incidents.choices.IncidentState",
        "SubmissionState": "assessments.choices.SubmissionState",
        "AcceptanceReason": "shield.findings.choices.AcceptanceReason",
        "FalsePositiveReason": "shield.findings.choices.FalsePositiveReason",
        "ChangeState": "shield.risk.policies.models.ChangeState",
        "DeliveryState": "shield.notify.choices.DeliveryState",
        "FrameworkId": "shield.registry.manifest.model.FRAMEWORKS",
    },
}

CELERY_BROKER_URL = env.str("BROKER_URL", default="filesystem://")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(VAR_DIR / "broker" / "queue"),
        "data_folder_out": str(VAR_DIR / "broker" / "queue"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
        "store_processed": False,
        "polling_interval": 0.5,  # seconds between looks into the folder
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# Runs take minutes and all memory there is: `heavy` has one process with one thread of arithmetic.
CELERY_TASK_DEFAULT_QUEUE = "light"
CELERY_TASK_ROUTES = {
    "assessments.tasks.execute": {"queue": "heavy"},
    "assessments.tasks.submission_rehearse": {"queue": "heavy"},
}
CELERY_BEAT_SCHEDULE = {
    "runs-recover": {
        "task": "assessments.tasks.reap",
        "schedule": 60.0,
        "options": {"expires": 55.0},  # a late one is worth nothing: the next is already there
    },
    "frameworks-refresh": {
        "task": "shield.frameworks.tasks.refresh",
        "schedule": 60.0,
        "options": {"expires": 55.0},
    },
    "files-sweep": {"task": "shield.registry.tasks.files_sweep", "schedule": 24 * 3600.0},
    "submissions-sweep": {
        "task": "assessments.tasks.submissions_sweep",
        "schedule": 24 * 3600.0,
    },
    "uploads-sweep": {"task": "shield.uploads.tasks.uploads_sweep", "schedule": 3600.0},
    "answers-forget": {"task": "shield.common.tasks.answers_forget", "schedule": 3600.0},
    "data-expire": {"task": "shield.registry.tasks.data_expire", "schedule": 24 * 3600.0},
    "audit-seal": {
        "task": "shield.audit.tasks.seal",
        "schedule": 10.0,
        "options": {"expires": 9.0},
    },
    "audit-seal-thoroughly": {"task": "shield.audit.tasks.seal_thoroughly", "schedule": 3600.0},
    "audit-publish": {
        "task": "shield.audit.tasks.publish",
        "schedule": 60.0,
        "options": {"expires": 55.0},
    },
    "audit-watch": {"task": "shield.audit.tasks.watch", "schedule": 24 * 3600.0},
    "risk-keep": {"task": "shield.risk.tasks.keep", "schedule": 24 * 3600.0},
    "risk-clocks": {
        "task": "shield.risk.tasks.clocks_follow",
        "schedule": 300.0,
        "options": {"expires": 290.0},
    },
    "figures-keep": {
        "task": "shield.risk.tasks.figures_keep",
        "schedule": 900.0,
        "options": {"expires": 800.0},
    },
    "figures-close": {  # right after the day has ended, in UTC
        "task": "shield.risk.tasks.figures_keep",
        "schedule": crontab(minute="2", hour="0"),
    },
    "notify-read": {
        "task": "shield.notify.tasks.read",
        "schedule": 10.0,
        "options": {"expires": 9.0},
    },
    "notify-dispatch": {
        "task": "shield.notify.tasks.dispatch",
        "schedule": 10.0,
        "options": {"expires": 9.0},
    },
    "notify-again": {"task": "shield.notify.tasks.read_again", "schedule": 900.0},
    "notify-remind": {"task": "shield.notify.tasks.remind", "schedule": 900.0},
    "notify-watch": {
        "task": "shield.notify.tasks.watch",
        "schedule": 300.0,
        "options": {"expires": 290.0},
    },
    "notify-prune": {"task": "shield.notify.tasks.prune", "schedule": 24 * 3600.0},
    "sessions-clear": {"task": "shield.accounts.tasks.sessions_clear", "schedule": 24 * 3600.0},
    "acceptances-watch": {
        "task": "shield.findings.tasks.acceptances_watch",
        "schedule": 300.0,
        "options": {"expires": 290.0},
    },
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"

DJANGO_TABLES2_TEMPLATE = "generic/table.html"
SHIELD_SLA_DAYS = env.json("SLA_DAYS", default={})  # {"critical": {"high": 14}}: tier, severity
SHIELD_SHARED = env.str("SHARED", default=str(BASE_DIR.parent / "shared"))

LOGGING_CONFIG = "shield.common.logging.configure"
LOGGING = {"format": "console", "level": env.str("LOG_LEVEL", default="WARNING")}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # an address is personal data

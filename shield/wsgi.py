"""WSGI entry point (gunicorn)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shield.settings.local")
application = get_wsgi_application()

from shield.checks import refuse_unsafe_start  # noqa: E402  (settings must be loaded before)

refuse_unsafe_start()

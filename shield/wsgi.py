"""WSGI entry point (gunicorn)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shield.settings.local")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402  (settings must be loaded before)

from shield.checks import refuse_unsafe_start  # noqa: E402

refuse_unsafe_start()

# The routes import every view, form and table. What lives as long as the process is then left out of
# garbage collection: looking through it took a sixth of a second, now and then, of somebody's request.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)

"""ASGI entry point."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shield.settings.local")
application = get_asgi_application()

from shield.checks import refuse_unsafe_start  # noqa: E402  (settings must be loaded before)

refuse_unsafe_start()

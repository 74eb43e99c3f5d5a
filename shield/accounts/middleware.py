"""What signed-in people see stays out of caches: the next user of a shared computer sees nothing of it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

Handler = Callable[[HttpRequest], HttpResponse]


class PrivatePages:
    """`Cache-Control: private, no-store` on every answer to credentials that sets none itself.

    It looks for credentials, not for a valid user, so that health checks need no database.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        shown = (
            settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
        )
        if shown and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

"""What is asked of every request: caches, the session's clocks, and a second factor where a role needs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import resolve
from django.urls.exceptions import Resolver404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from shield.accounts.factors import is_missing
from shield.accounts.models import User
from shield.accounts.sessions import SEEN, STARTED, begin, moment
from shield.common.api_errors import body

Handler = Callable[[HttpRequest], HttpResponse]

SEEN_EVERY: Final = timedelta(minutes=1)
"""How precise "last seen" is, so that a busy person does not write at each request."""


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


class SessionLimits:
    """Ends sessions after a pause, and after the longest time whatever happened in it.

    What pages ask by themselves keeps no session alive.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._judge(request, timezone.now())
        response = self.get_response(request)
        if _asks_for_a_part(request) and _is_way_in(response):
            return _ended(request)
        return response

    def _judge(self, request: HttpRequest, now: datetime) -> None:
        session = request.session
        started, seen = moment(session, STARTED), moment(session, SEEN)
        if started is None or seen is None:
            begin(session)
        elif now - started > settings.SESSION_LONGEST or now - seen > settings.SESSION_IDLE:
            logout(request)
            messages.info(request, _("Your session has ended. Please sign in again."))
        elif now - seen > SEEN_EVERY and _route(request) not in settings.SESSION_NO_ACTIVITY:
            session[SEEN] = now.timestamp()
            rows = UserSession.objects.filter(session_key=session.session_key)
            rows.update(last_seen_at=now)


def _asks_for_a_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _is_way_in(response: HttpResponse) -> bool:
    if response.status_code != HTTPStatus.FOUND:
        return False
    return urlsplit(response.headers["Location"]).path == resolve_url(settings.LOGIN_URL)


def _ended(request: HttpRequest) -> HttpResponse:
    """In place of the part: the way back in. The page around it stays, with what somebody typed there;
    the whole page of signing in, which the browser would fetch by itself, has no place inside another."""
    page = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return render(request, "accounts/ended.html", {"next": page or "/"})


def _route(request: HttpRequest) -> str | None:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return None


class SecondFactorRequired:
    """Whose role asks for a second factor sees nothing before there is one.

    Tokens are not asked: they were made by somebody who had one, and have no place for a code.
    """

    open_routes: Final = frozenset(
        {
            "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes", "account_reauthenticate", "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn", "login", "logout", "account_login", "account_logout",
            "healthz", "readyz",
        }
    )  # fmt: skip

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        """To the page where one is set up; the API says so in its own shape."""
        if not settings.SECOND_FACTOR_ROLES:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in self.open_routes:
            return None
        user = request.user
        if not isinstance(user, User) or not is_missing(user):
            return None
        if request.path.startswith("/api/"):
            told = body(
                "second_factor_required",
                _("Your role needs a second factor."),
                _("Set one up in the browser under Account, Security."),
            )
            return JsonResponse(told, status=403)
        messages.warning(request, _("Your role needs a second factor. Please set one up now."))
        return redirect("mfa_index")

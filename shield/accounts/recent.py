"""Sensitive acts ask again who it is: an unlocked screen is not enough to change who may do what."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.request import Request

from shield.accounts.models import User
from shield.common.errors import NotPermitted


def is_recent(request: HttpRequest) -> bool:
    """Whether the person signed in, or said again who they are, within the last minutes."""
    user = request.user
    records = get_authentication_records(request, user) if isinstance(user, User) else []
    last = max((float(record.get("at", 0)) for record in records), default=0.0)
    return time.time() - last < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """The way to say again who one is; None when that was done a moment ago.

    Whoever has neither a password nor a factor here signs in again at the identity provider.
    """
    if is_recent(request):
        return None
    if get_reauthentication_flows(request.user):
        raise ReauthenticationRequired
    logout(request)
    messages.info(request, _("Please sign in again: this needs to know who you are now."))
    return redirect_to_login(request.get_full_path())


def recent_sign_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """View decorator: ask again first."""

    @wraps(view)
    def asked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return ask_again(request) or view(request, *args, **kwargs)

    return asked


class RecentToPost:
    """View mixin: what the page changes asks again; looking at it does not."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Ask before anything is changed."""
        if request.method == "POST" and (asked := ask_again(request)) is not None:
            return asked
        response: HttpResponseBase = super().dispatch(  # type: ignore[misc]
            request, *args, **kwargs
        )
        return response


def require_recent(request: Request) -> None:
    """For the API: raise NotPermitted for an old session. A token has shown itself with the request."""
    if request.auth is None and not is_recent(request._request):
        raise NotPermitted(
            "reauthentication_required",
            _("This asks to know that it is still you."),
            _("Sign in again, or use a token with the scope admin."),
        )

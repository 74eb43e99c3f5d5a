"""Bearer tokens of the API: `Authorization: Bearer shield_<prefix>_<secret>`."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from shield.accounts import events
from shield.accounts.clients import client_address, is_within
from shield.accounts.models import ApiToken, User

SCHEME: Final = "Bearer"
USED_EVERY: Final = timedelta(minutes=1)
"""`last_used_at` is no more precise than this, so that a busy client does not write at each call."""


def token_digest(token: str) -> str:
    """What is stored of a token. It carries 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """Signs in by a token that is known, not revoked, not expired, from where it may be used.

    All refusals read the same: nobody learns whether a token exists.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The user and the token; None when the request carries no bearer token."""
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != SCHEME.lower().encode():
            return None
        try:
            token = b" ".join(header[1:]).decode("ascii")
        except UnicodeDecodeError:
            token = ""
        found = self._find(token)
        address = client_address(request._request)
        if found is not None and not is_within(address, found.networks):
            events.token_refused(found, address)
            found = None
        if found is None:
            raise AuthenticationFailed(_("This token is not valid."), code="token_invalid")
        self._used(found, address)
        found.user.token = found  # the policy narrows what this request may do
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return SCHEME

    def _find(self, token: str) -> ApiToken | None:
        parts = token.split("_", 2)
        if len(parts) != 3 or len(token) > 200:
            return None
        found = ApiToken.objects.select_related("user").filter(prefix=parts[1]).first()
        wanted = found.digest if found else token_digest("")
        same = hmac.compare_digest(token_digest(token), wanted)
        if found is None or not same or not found.usable or not found.user.is_active:
            return None
        return found

    def _used(self, token: ApiToken, address: str | None) -> None:
        now = timezone.now()
        ApiToken.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lt=now - USED_EVERY), pk=token.pk
        ).update(last_used_at=now, last_used_address=address)

"""After signing in, and after a change of factors: clocks, device cookies, and the audit trail."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import password_changed, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from shield.accounts import events, lockout
from shield.accounts.clients import client_address
from shield.accounts.models import User
from shield.accounts.sessions import begin


@receiver(user_logged_in)
def signed_in(
    request: HttpRequest, user: User, response: HttpResponse | None = None, **_: object
) -> None:
    """All steps are done: start the clocks, forget the failures, remember the browser."""
    records = get_authentication_records(request, user)
    begin(request.session)
    lockout.succeeded(lockout.doors(request, user.get_username()))
    events.signed_in(user, client_address(request), [_method(record) for record in records])
    if response is not None:
        lockout.remember_device(request, response, user.get_username())


def _method(record: dict[str, Any]) -> str:
    names = {"socialaccount": "oidc", "mfa": record.get("type", "mfa")}
    return str(names.get(record["method"], record["method"]))


@receiver(password_changed)
def password_was_changed(request: HttpRequest, user: User, **_: object) -> None:
    """The other sessions have ended by it: their hash no longer fits."""
    events.about(user.get_username(), "user.password", user)


@receiver(authenticator_added)
def factor_added(user: User, authenticator: Authenticator, **_: object) -> None:
    """Who added what kind; never its secret."""
    events.about(user.get_username(), "factor.add", user, after={"kind": authenticator.type})


@receiver(authenticator_removed)
def factor_removed(user: User, authenticator: Authenticator, **_: object) -> None:
    """Who removed what kind."""
    events.about(user.get_username(), "factor.remove", user, before={"kind": authenticator.type})


@receiver(authenticator_reset)
def codes_renewed(user: User, authenticator: Authenticator, **_: object) -> None:
    """New recovery codes; the old ones are void."""
    events.about(user.get_username(), "factor.renew", user, after={"kind": authenticator.type})

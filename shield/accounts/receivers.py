"""After signing in, and after a change of factors: clocks, device cookies, and the audit trail."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import password_changed, user_logged_in
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.db.models.signals import post_delete, post_save
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


@receiver(post_save, sender=Authenticator)
def factor_saved(instance: Authenticator, created: bool, **_: object) -> None:
    """Who added what kind, or had new recovery codes made; never a secret.

    The library's own signals come after its transaction, where an event could be lost.
    """
    if created and _is_own(instance):
        act = "factor.renew" if _renews_codes() else "factor.add"
        events.about(_name(instance), act, instance.user, after={"kind": instance.type})


@receiver(post_delete, sender=Authenticator)
def factor_deleted(instance: Authenticator, **_: object) -> None:
    """Who removed what kind."""
    if _is_own(instance) and not _renews_codes():
        kind = {"kind": instance.type}
        events.about(_name(instance), "factor.remove", instance.user, before=kind)


def _is_own(factor: Authenticator) -> bool:
    """Whether its owner does it, in the browser; what others do to it has an event of its own."""
    request = context.request
    return request is not None and request.user.pk == factor.user_id


def _renews_codes() -> bool:
    """The old codes go and new ones come: one act."""
    match = getattr(context.request, "resolver_match", None)
    return match is not None and match.view_name == "mfa_generate_recovery_codes"


def _name(factor: Authenticator) -> str:
    user: User = factor.user
    return user.get_username()

"""What happens around signing in, in the audit trail. Never what was typed: it may be a password."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from django.core.cache import cache
from django.db.models import Model

from shield.accounts.lockout import Door
from shield.accounts.models import ApiToken, User
from shield.audit.services import record

NOBODY: Final = "not signed in"
ONCE_IN_S: Final = 60
"""Failures of one account and address are written down once a minute: the rest adds nothing but rows."""


def about(
    actor: str,
    act: str,
    target: Model,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
    unit: int | None = None,
) -> None:
    """One event about a row of accounts."""
    record(
        actor=actor,
        act=act,
        object_type=target._meta.model_name or "",
        object_id=target.pk,
        object_text=str(target),
        before=before,
        after=after,
        reason=reason,
        unit=unit,
    )


def signed_in(user: User, address: str | None, methods: Iterable[str]) -> None:
    """Somebody is in, and how."""
    after = {"address": address, "by": list(dict.fromkeys(methods))}
    about(user.get_username(), "user.sign_in", user, after=after)


def sign_in_failed(typed: str, address: str | None, shut: Iterable[Door]) -> None:
    """An attempt failed, and which doors shut by it."""
    user = User.objects.filter(username__iexact=typed.strip()).first() if typed else None
    _failure("user.sign_in_failed", user, address)
    for door in shut:
        _lock_out(door, user, address)


def code_failed(user: User, address: str | None, shut: Iterable[Door]) -> None:
    """A code of the second factor was wrong; the password was right."""
    _failure("user.code_failed", user, address)
    for door in shut:
        _lock_out(door, user, address)


def token_refused(token: ApiToken, address: str | None) -> None:
    """A token was used from outside its networks: it may have leaked."""
    if cache.add(f"shield.refused:{token.pk}:{address}", 1, ONCE_IN_S * 60):
        about(NOBODY, "token.refused", token, after={"address": address, "why": "network"})


def _failure(act: str, user: User | None, address: str | None) -> None:
    if not cache.add(f"shield.failed:{act}:{user.pk if user else 0}:{address}", 1, ONCE_IN_S):
        return
    _about_somebody(act, user, {"address": address})


def _lock_out(door: Door, user: User | None, address: str | None) -> None:
    _about_somebody("user.lock_out", user, {"address": address, "door": door.kind})


def _about_somebody(act: str, user: User | None, after: Mapping[str, object]) -> None:
    record(
        actor=NOBODY,
        act=act,
        object_type="user",
        object_id=user.pk if user else "",
        object_text=user.get_username() if user else "(no such account)",
        after=after,
    )

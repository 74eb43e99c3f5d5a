"""Users and tokens. Secrets are returned once and never stored, logged or audited."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from shield.accounts.authentication import token_digest
from shield.accounts.choices import Role
from shield.accounts.models import ApiToken, User
from shield.audit.services import record
from shield.common.errors import Conflict, InvalidInput

MAX_DAYS: Final = 365


def user_create(*, username: str, role: str, actor: str, email: str = "") -> tuple[User, str]:
    """A user with a random password, which only the caller gets to see.

    Raises InvalidInput for a role or name that cannot be, Conflict for a name that is taken.
    """
    _refuse_unknown(role)
    password = secrets.token_urlsafe(15)
    user = User(username=User.normalize_username(username), email=email, role=role)
    user.set_password(password)
    _refuse_bad_name(user)
    try:
        with transaction.atomic():
            user.save()
            _event(actor, "user.create", user, after={"role": role})
    except IntegrityError as error:
        raise Conflict(
            "user.exists", f"There is a user {username} already.", "Choose another name."
        ) from error
    return user, password


def user_role_change(*, user: User, role: str, actor: str, reason: str = "") -> User:
    """Give a user another role; what it was stays in the history. Idempotent."""
    _refuse_unknown(role)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.role == role:
            return user
        before = {"role": user.role}
        user.role = role
        user.save(update_fields=["role"])
        _event(actor, "user.role_change", user, before=before, after={"role": role}, reason=reason)
    return user


def token_create(*, user: User, name: str, days: int, actor: str) -> tuple[ApiToken, str]:
    """A token of `user` that expires after `days`; its text is only in the answer."""
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput(
            "token.days", f"A token lasts 1 to {MAX_DAYS} days, not {days}.", "Use --days 90."
        )
    if not name.strip() or len(name) > 100:
        raise InvalidInput("token.name", "A token needs a name.", "Say what it is for.")
    prefix = secrets.token_hex(5)
    token = f"shield_{prefix}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        row = ApiToken.objects.create(
            user=user,
            name=name.strip(),
            prefix=prefix,
            digest=token_digest(token),
            expires_at=timezone.now() + timedelta(days=days),
        )
        after = {"user": user.username, "expires_at": row.expires_at.isoformat()}
        _event(actor, "token.create", row, after=after)
    return row, token


def token_revoke(*, token: ApiToken, actor: str) -> ApiToken:
    """End a token now. Idempotent; the row stays, so that its uses remain explicable."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().get(pk=token.pk)
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            _event(actor, "token.revoke", token, after={"at": token.revoked_at.isoformat()})
    return token


def _refuse_unknown(role: str) -> None:
    if role not in Role.values:
        raise InvalidInput(
            "user.role", f"There is no role {role!r}.", f"Use one of {', '.join(Role.values)}."
        )


def _refuse_bad_name(user: User) -> None:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise InvalidInput(
            "user.name", " ".join(error.messages), "Correct the name or the e-mail address."
        ) from error


def _event(
    actor: str,
    act: str,
    target: User | ApiToken,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    record(
        actor=actor,
        act=act,
        object_type=target._meta.model_name or "",
        object_id=target.pk,
        object_text=str(target),
        before=before,
        after=after,
        reason=reason,
    )

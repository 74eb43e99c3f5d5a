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
from shield.accounts.models import ApiToken, BusinessUnit, Grant, User
from shield.audit.services import record
from shield.common.errors import Conflict, InvalidInput

MAX_DAYS: Final = 365


def user_create(
    *, username: str, role: str, actor: str, email: str = "", unit: BusinessUnit | None = None
) -> tuple[User, str]:
    """A user with one grant (in `unit`, or everywhere) and a random password, shown only now.

    Raises InvalidInput for a role or name that cannot be, Conflict for a name that is taken.
    """
    _refuse_unknown(role)
    password = secrets.token_urlsafe(15)
    user = User(username=User.normalize_username(username), email=email)
    user.set_password(password)
    _refuse_bad_name(user)
    try:
        with transaction.atomic():
            user.save()
            Grant.objects.create(user=user, role=role, unit=unit)
            _event(actor, "user.create", user, after={"role": role, "unit": _name(unit)})
    except IntegrityError as error:
        raise Conflict(
            "user.exists", f"There is a user {username} already.", "Choose another name."
        ) from error
    return user, password


@transaction.atomic
def grant_add(
    *,
    user: User,
    role: str,
    actor: str,
    unit: BusinessUnit | None = None,
    tier_limit: str = "",
    reason: str = "",
) -> Grant:
    """Give a user a role, in `unit` or everywhere. Idempotent; another limit of tier replaces the old."""
    _refuse_unknown(role)
    grant, created = Grant.objects.get_or_create(
        user=user, role=role, unit=unit, defaults={"tier_limit": tier_limit}
    )
    if not created and grant.tier_limit == tier_limit:
        return grant
    before = None if created else _grant_facts(grant)
    grant.tier_limit = tier_limit
    grant.save(update_fields=["tier_limit"])
    user.__dict__.pop("grant_list", None)
    _event(actor, "user.grant", user, before=before, after=_grant_facts(grant), reason=reason)
    return grant


@transaction.atomic
def grant_remove(*, grant: Grant, actor: str, reason: str = "") -> None:
    """Take a role away; what it was stays in the history."""
    _event(actor, "user.grant_remove", grant.user, before=_grant_facts(grant), reason=reason)
    grant.user.__dict__.pop("grant_list", None)
    grant.delete()


def _grant_facts(grant: Grant) -> dict[str, object]:
    return {"role": grant.role, "unit": _name(grant.unit), "tier_limit": grant.tier_limit or None}


def _name(unit: BusinessUnit | None) -> str:
    return unit.slug if unit else "everywhere"


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

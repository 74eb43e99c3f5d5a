"""API tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.accounts.authentication import token_digest
from shield.accounts.clients import networks_clean
from shield.accounts.events import about
from shield.accounts.models import ApiToken, BusinessUnit, User
from shield.accounts.scopes import ALL, SCOPES, acts_of
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.common.texts import has_hidden_characters

MAX_DAYS: Final = 365


def token_create(
    *,
    user: User,
    name: str,
    days: int,
    actor: str,
    scopes: Iterable[str] = (ALL,),
    unit: BusinessUnit | None = None,
    service_key: int | None = None,
    networks: Iterable[str] = (),
) -> tuple[ApiToken, str]:
    """A token of `user` that expires after `days`; its text is only in the answer.

    A token that makes another gives it no more than it has itself (`user.token`).
    Raises InvalidInput for days, names, scopes or networks that cannot be, and Conflict when the
    person has as many that work as anybody may (`TOKENS_PER_PERSON`).
    """
    scopes = list(dict.fromkeys(scopes))
    _refuse_impossible(name, days, scopes)
    row = ApiToken(
        user=user,
        name=name.strip(),
        scopes=scopes,
        unit=unit,
        service_key=service_key,
        networks=networks_clean(list(networks)),
        expires_at=timezone.now() + timedelta(days=days),
    )
    _refuse_more(row, user.token)
    row.prefix = secrets.token_hex(5)
    token = f"shield_{row.prefix}_{secrets.token_urlsafe(32)}"
    row.digest = token_digest(token)
    with transaction.atomic():
        _refuse_too_many(user)
        row.save()
        about(actor, "token.create", row, after=_facts(row), unit=unit.pk if unit else None)
    return row, token


def token_revoke(*, token: ApiToken, actor: str) -> ApiToken:
    """End a token now. Idempotent; the row stays, so that its uses remain explicable."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().get(pk=token.pk)
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            about(actor, "token.revoke", token, after={"at": token.revoked_at.isoformat()})
    return token


def _facts(token: ApiToken) -> dict[str, object]:
    return {
        "user": token.user.get_username(),
        "expires_at": token.expires_at.isoformat(),
        "scopes": token.scopes,
        "unit": token.unit.slug if token.unit else None,
        "service": token.service_key,
        "networks": token.networks,
    }


def _refuse_impossible(name: str, days: int, scopes: list[str]) -> None:
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput(
            "token.days", f"A token lasts 1 to {MAX_DAYS} days, not {days}.", "Use --days 90."
        )
    if not name.strip() or len(name) > 100 or has_hidden_characters(name):
        raise InvalidInput("token.name", "A token needs a name.", "Say what it is for.")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise InvalidInput(
            "token.scopes",
            f"There is no scope {', '.join(unknown) or 'given'}.",
            f"Use {', '.join(SCOPES)}.",
        )


def _refuse_too_many(user: User) -> None:
    """The person's row is locked, so that many made at once are counted one by one."""
    most: int = settings.TOKENS_PER_PERSON
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    usable = user.api_tokens.filter(revoked_at=None, expires_at__gt=timezone.now()).count()
    if usable >= most:
        raise Conflict(
            "token.too_many",
            _("%(name)s has %(count)d tokens that work, which is as many as anybody may have.")
            % {"name": user.get_username(), "count": usable},
            _("End those that are no longer used."),
        )


def _refuse_more(wanted: ApiToken, maker: ApiToken | None) -> None:
    """A token makes none that reaches further than itself."""
    if maker is None:
        return
    wider = (
        not acts_of(wanted.scopes) <= acts_of(maker.scopes)
        or (maker.unit_id is not None and wanted.unit_id != maker.unit_id)
        or (maker.service_key is not None and wanted.service_key != maker.service_key)
        or (maker.networks and wanted.networks != maker.networks)
        or wanted.expires_at > maker.expires_at
    )
    if wider:
        raise NotPermitted(
            "token.wider",
            _("A token makes none that may more, or lasts longer, than itself."),
            _("Make it in the browser, or ask for less."),
        )

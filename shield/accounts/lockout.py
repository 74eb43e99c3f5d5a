"""The door that shuts after too many failed sign-ins: for an account, for an address, and for how long.

Counted in the database, so that all processes count together and a restart forgets nothing. What is
counted is what was typed, whether there is such an account or not: the answers are the same. Open
sessions go on. A browser in which the person has signed in before carries a signed cookie and is counted
by itself, so that strangers who shut the account's door do not shut out its owner.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from shield.accounts.clients import client_address
from shield.accounts.models import FailedSignIns, User

COOKIE: Final = "shield_device"
COOKIE_DAYS: Final = 90
_SALT: Final = "shield.accounts.device"


@dataclass(frozen=True, slots=True)
class Door:
    """One thing that is counted, and after how many failures it shuts."""

    kind: str
    key: str
    limit: int


def doors(request: HttpRequest, username: str) -> list[Door]:
    """What a sign-in as `username` from this browser is counted on."""
    name = _one(username)
    device = _device(request, name)
    found = [
        Door("device", _key("device", device), settings.LOCKOUT_ACCOUNT)
        if device
        else Door("account", _key("account", name), settings.LOCKOUT_ACCOUNT)
    ]
    address = client_address(request)
    if address:
        found.append(Door("address", _key("address", address), settings.LOCKOUT_ADDRESS))
    return found


def _one(username: str) -> str:
    """Every way of writing a name that finds the same account, as one: databases compare capitals,
    and there the dotless i is an I."""
    return unicodedata.normalize("NFKC", username).strip().upper().casefold()


def code_door(user: User) -> list[Door]:
    """Codes of the second factor are counted on the account, whose password was right."""
    return [Door("code", _key("code", str(user.pk)), settings.LOCKOUT_ACCOUNT)]


def locked_for(asked: Iterable[Door]) -> timedelta | None:
    """How long the longest shut of these doors stays shut; None when all are open."""
    now = timezone.now()
    until = (
        FailedSignIns.objects.filter(key__in=[door.key for door in asked], locked_until__gt=now)
        .order_by("-locked_until")
        .values_list("locked_until", flat=True)
        .first()
    )
    return until - now if until else None


def minutes(left: timedelta) -> int:
    """Whole minutes, for people; never 0."""
    return max(1, ceil(left.total_seconds() / 60))


def failed(asked: Iterable[Door]) -> list[Door]:
    """Count one failure on each door; the doors that shut just now."""
    return [door for door in asked if _count(door, timezone.now())]


def succeeded(asked: Iterable[Door]) -> None:
    """Forget the failures of the account or device. An address keeps its own: it may try others."""
    keys = [door.key for door in asked if door.kind != "address"]
    FailedSignIns.objects.filter(key__in=keys).delete()


@transaction.atomic
def _count(door: Door, now: datetime) -> bool:
    row, _ = FailedSignIns.objects.get_or_create(key=door.key, defaults={"since": now})
    row = FailedSignIns.objects.select_for_update().get(pk=row.pk)
    if row.since < now - settings.LOCKOUT_WINDOW:
        row.count, row.since = 0, now
    row.count += 1
    shuts = row.count >= door.limit
    if shuts:
        row.locked_until, row.count, row.since = now + settings.LOCKOUT_FOR, 0, now
    row.save()
    return shuts


def forget_old() -> int:
    """Remove what no longer counts; how many rows."""
    now = timezone.now()
    over = Q(locked_until=None) | Q(locked_until__lt=now)
    return FailedSignIns.objects.filter(over, since__lt=now - settings.LOCKOUT_WINDOW).delete()[0]


def remember_device(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Give this browser its cookie after a whole sign-in."""
    name = _one(username)
    value = {"name": _key("name", name), "device": _device(request, name) or secrets.token_hex(16)}
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=_SALT),
        max_age=COOKIE_DAYS * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _device(request: HttpRequest, name: str) -> str:
    """The device that the cookie names, if the cookie is ours and of this account; else nothing."""
    try:
        value = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=COOKIE_DAYS * 24 * 3600
        )
    except signing.BadSignature:
        return ""
    same = hmac.compare_digest(str(value.get("name")), _key("name", name))
    return str(value.get("device", "")) if same else ""


def _key(kind: str, value: str) -> str:
    secret = settings.SECRET_KEY.encode()
    return hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()

"""Addresses that leave the server: absolute, from the setting SHIELD_URL and from nothing a request says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

from shield.accounts.models import User
from shield.common.errors import InvalidInput
from shield.notify.choices import Kind

SALT: Final = "shield.notify.unsubscribe"


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """Whose mail about what is to stop; no kind: all of it."""

    user_id: int
    kind: str


def absolute(path: str) -> str:
    """The whole address of a page."""
    return f"{settings.SHIELD_URL}{path}"


def unsubscribe_url(person: User, kind: str) -> str:
    """A link that stops mail without signing in; it can do nothing else."""
    token = signing.dumps([person.pk, kind], salt=SALT)
    return absolute(reverse("unsubscribe") + f"?token={token}")


def unsubscription(token: str) -> Unsubscription:
    """What a link asks for. InvalidInput when it was not made here."""
    try:
        user_id, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise InvalidInput(
            "notify.link",
            "This link is not complete.",
            "Copy the whole address from the mail, or sign in and change what you are told.",
        ) from error
    return Unsubscription(int(user_id), kind if kind in Kind.values else "")

"""Small secrets that the product must read back (to sign with them), encrypted in the database.

The key is derived from SECRET_KEY, so that a copy of the database alone opens nothing. After a change
of SECRET_KEY the old one in SECRET_KEY_FALLBACKS still opens what it sealed.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from shield.common.errors import MissingPrerequisite


def seal(text: str, *, purpose: str) -> str:
    """The text, encrypted and authenticated; only the same `purpose` opens it."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """The text again. MissingPrerequisite when the key that sealed it is no longer known."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise MissingPrerequisite(
            "secret.sealed",
            "A stored secret cannot be opened: it was sealed with another SECRET_KEY.",
            "Add the old key to SHIELD_SECRET_KEY_FALLBACKS, or make a new secret.",
        ) from error


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(str(key), purpose)) for key in keys])


def _key(secret: str, purpose: str) -> bytes:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=f"shield {purpose}".encode())
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))

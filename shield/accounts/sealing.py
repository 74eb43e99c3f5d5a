"""Secrets that must be read again (keys of authenticator apps) are encrypted in the database."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes


def _box() -> MultiFernet:
    """The current secret key encrypts; those of before still open."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str | bytes) -> bytes:
    told = hashlib.sha256(b"shield.accounts.factors:" + force_bytes(secret)).digest()
    return base64.urlsafe_b64encode(told)


def seal(text: str) -> str:
    """Encrypted and signed."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed; raises InvalidToken when it was changed."""
    return _box().decrypt(sealed.encode()).decode()

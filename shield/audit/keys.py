"""The key that signs heads: Ed25519, kept outside the database and the repository.

The embedded profile makes one beside its database (`audit-key.pem`, mode 600). Production is given
one by SHIELD_AUDIT_KEY (the PEM text) or SHIELD_AUDIT_KEY_FILE. After a rotation the old public key
stays trusted: the embedded profile notes it in `audit-key.pem.old`, and SHIELD_AUDIT_OLD_KEYS names
more. Trust never comes from the database: whoever can write there could add a key of their own.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from shield.common.errors import MissingPrerequisite

HINT = (
    "Make one with: openssl genpkey -algorithm ed25519 -out audit-key.pem; keep it from everybody "
    "but the product's user, and set SHIELD_AUDIT_KEY_FILE to it (or SHIELD_AUDIT_KEY to its text)."
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that a signature is checked with; `id` is the start of the SHA-256 of its bytes."""

    raw: bytes

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The 32 bytes in base64, as settings and the heads name them."""
        return base64.b64encode(self.raw).decode()

    @property
    def pem(self) -> str:
        """For openssl and other tools."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verifies(self, signature: str, message: bytes) -> bool:
        """True when `signature` (hexadecimal) was made over `message` with this key's other half."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The half that everybody may have."""
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey(raw)

    def sign(self, message: bytes) -> str:
        """The signature in hexadecimal."""
        return self.private.sign(message).hex()


def signing_key() -> SigningKey:
    """The installation's key; the embedded profile makes it when it is not there.

    Raises MissingPrerequisite when there is none, or it is not an Ed25519 key.
    """
    text = settings.AUDIT_KEY
    if text:
        return _loaded(text.encode(), "SHIELD_AUDIT_KEY")
    if not settings.AUDIT_KEY_FILE:
        raise MissingPrerequisite("audit.no_key", "No key signs the audit trail.", HINT)
    path = Path(settings.AUDIT_KEY_FILE)
    if not path.exists() and settings.AUDIT_KEY_MAKE:
        _make(path)
    try:
        return _loaded(path.read_bytes(), str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise MissingPrerequisite(
            "audit.no_key", f"The audit key {path} cannot be read: {reason}.", HINT
        ) from error


def trusted_keys() -> dict[str, PublicKey]:
    """Key id → key, of every key whose signatures hold: the present one and those before it."""
    texts = [*settings.AUDIT_OLD_KEYS]
    old = _old_file()
    if old is not None and old.exists():
        texts += old.read_text().split()
    keys = [signing_key().public, *(_public(text) for text in texts)]
    return {key.id: key for key in keys}


def rotate() -> tuple[PublicKey, PublicKey]:
    """Replace the key file by a new key; (old, new). The old public key stays trusted.

    Raises MissingPrerequisite where the key is given by a setting: then the setting is changed.
    """
    before = signing_key().public
    old = _old_file()
    if old is None:
        raise MissingPrerequisite(
            "audit.key_setting",
            "The key comes from SHIELD_AUDIT_KEY, so that it is not replaced here.",
            f"Add {before.text} to SHIELD_AUDIT_OLD_KEYS, then set SHIELD_AUDIT_KEY to a new key.",
        )
    with old.open("a") as file:  # first trusted as an old one, then replaced
        file.write(f"{before.text}\n")
        file.flush()
        os.fsync(file.fileno())
    _write(Path(settings.AUDIT_KEY_FILE))
    return before, signing_key().public


def _old_file() -> Path | None:
    if settings.AUDIT_KEY or not settings.AUDIT_KEY_FILE:
        return None
    return Path(f"{settings.AUDIT_KEY_FILE}.old")


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{path}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # processes that start together agree on one
        if not path.exists():
            _write(path)


def _write(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new:  # mode 600
        new.write(pem)
        new.flush()
        os.fsync(new.fileno())
    Path(new.name).replace(path)


def _loaded(pem: bytes, source: str) -> SigningKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise MissingPrerequisite(
            "audit.bad_key", f"{source} holds no private key without password.", HINT
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise MissingPrerequisite("audit.bad_key", f"{source} is no Ed25519 key.", HINT)
    return SigningKey(key)


def _public(text: str) -> PublicKey:
    try:
        raw = base64.b64decode(text, validate=True)
        Ed25519PublicKey.from_public_bytes(raw)
    except ValueError as error:
        raise MissingPrerequisite(
            "audit.bad_key",
            f"{text[:60]!r} is no public key.",
            "SHIELD_AUDIT_OLD_KEYS lists what `manage.py audit_key` printed, separated by commas.",
        ) from error
    return PublicKey(raw)

"""The signature by which a receiver knows that a delivery is ours, whole, and fresh.

`Shield-Signature: t=1763640000,v1=<hex>` with v1 = HMAC-SHA256(secret, "<t>.<body>"). While a secret
is being rotated there are two v1, one for each secret; either proves it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable


def new_secret() -> str:
    """256 bits, with a prefix by which scanners for leaked secrets know it."""
    return f"shsec_{secrets.token_urlsafe(32)}"


def signature(body: bytes, *, keys: Iterable[str], timestamp: int) -> str:
    """The value of the header `Shield-Signature`."""
    signed = f"{timestamp}.".encode() + body
    marks = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in keys]
    return ",".join([f"t={timestamp}", *(f"v1={mark}" for mark in marks)])

"""Canonical JSON: the same value always gives the same bytes, so that digests can be compared."""

from __future__ import annotations

import hashlib
import json


def canonical_json(value: object) -> bytes:
    """UTF-8 JSON with sorted keys, no spaces, no NaN; floats by Python's shortest repr.

    Raises ValueError for NaN and infinities (JSON has no word for them) and TypeError for a value
    that is not JSON.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()

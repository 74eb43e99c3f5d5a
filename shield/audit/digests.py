"""The digest of a link: SHA-256 over the digest before it and the canonical JSON of the event.

The form does not depend on the database: a moment is UTC with microseconds, and the two numbers
that PostgreSQL's jsonb writes in another way than SQLite's text (a float of 1e16 and more, minus
zero) are written as jsonb does. A backup of one database verifies in the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

FIELDS: Final = (
    "id",
    "at",
    "actor",
    "act",
    "object_type",
    "object_id",
    "object_text",
    "before",
    "after",
    "reason",
    "request_id",
    "unit",
)
"""Every column of an event, in the order in which `link` takes them."""

_ENCODE: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode

Values = Sequence[object]
"""The columns of one event as the database driver returns them, in the order of `FIELDS`."""


def link(previous: str, values: Values) -> str:
    """The digest of an event that follows `previous`."""
    return hashlib.sha256(
        f"{previous}\n{canonical(values)}".encode("utf-8", "surrogatepass")
    ).hexdigest()


def canonical(values: Values) -> str:
    """The canonical JSON of an event: sorted keys, no spaces, numbers as every database keeps them.

    A row that no version of the product wrote (a time that is none, broken JSON) has a form too, so
    that it can neither stop the sealer nor pass for another row.
    """
    facts = dict(zip(FIELDS, values, strict=True))
    try:
        facts["at"] = moment(facts["at"])
        facts["before"] = _parsed(facts["before"])
        facts["after"] = _parsed(facts["after"])
        text = _ENCODE(facts)
        if "e+" in text or "-0.0" in text:  # rare; in a string it costs time and nothing else
            text = _ENCODE(_plain_numbers(facts))
    except (ValueError, TypeError, OverflowError):
        return _ENCODE({"unreadable": [repr(value) for value in values]})
    return text


def moment(value: object) -> str:
    """A moment as text: UTC, microseconds, `Z`; from a datetime or from SQLite's text."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    at = at.astimezone(UTC) if at.tzinfo is not None else at
    return f"{at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _parsed(value: object) -> object:
    """A JSON column: text from both drivers, or None."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def _plain_numbers(value: object) -> object:
    if isinstance(value, float):
        if value == 0:
            return 0.0
        return int(Decimal(repr(value))) if abs(value) >= 1e16 else value
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    return value

"""The secrets that sign webhooks: sealed in the database, two of them while one is being rotated."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from shield.common.sealed import seal, unseal
from shield.notify.models import Endpoint

PURPOSE: Final = "webhook secret"


def sealed(secret: str) -> str:
    """As it is kept."""
    return seal(secret, purpose=PURPOSE)


def keys_of(endpoint: Endpoint, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    kept = [endpoint.secret]
    until = endpoint.old_secret_until
    if endpoint.old_secret and until is not None and now < until:
        kept.append(endpoint.old_secret)
    return [unseal(each, purpose=PURPOSE) for each in kept]

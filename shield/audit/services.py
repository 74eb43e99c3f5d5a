"""Writing events. Call inside the transaction of the change, so that neither exists without the other."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from shield.audit.models import Event


def record(
    *,
    actor: str,
    act: str,
    object_type: str,
    object_id: object,
    object_text: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
    unit: int | None = None,
) -> Event:
    """Append one event; the request id comes from the log context of the current request or task.

    `unit` is the key of the business unit that it concerns; None concerns the whole organisation.
    """
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    return Event.objects.create(
        actor=actor[:200],
        act=act,
        object_type=object_type,
        object_id=str(object_id),
        object_text=object_text[:300],
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        reason=reason,
        request_id=request_id,
        unit=unit,
    )

"""Writing events, sealing them, and looking whether they are still what was sealed.

`record` is called inside the transaction of the change, so that neither exists without the other. It
takes no lock: events are inserted unsealed (see `sealing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from shield.audit import sealing
from shield.audit.models import Event, Verification
from shield.audit.verification import Report, verify
from shield.common.errors import ShieldError

SEALER: Final = "system"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """One event to be written: who, what, on which object, before and after, why, in which unit."""

    actor: str
    act: str
    object_type: str
    object_id: object
    object_text: str
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    reason: str = ""
    unit: int | None = None


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
    draft = Draft(
        actor, act, object_type, object_id, object_text, before, after, reason, unit
    )  # fmt: skip
    event = _event(draft, _request_id())
    event.save()
    return event


def record_all(*, drafts: Iterable[Draft]) -> list[Event]:
    """Append many events at once, for acts in bulk."""
    request_id = _request_id()
    events = [_event(draft, request_id) for draft in drafts]
    return Event.objects.bulk_create(events, batch_size=1_000)


def events_seal(*, thorough: bool = False) -> sealing.Sealed:
    """Chain the events that have no seal and sign the new ends. Idempotent, and safe to run twice."""
    return sealing.seal(thorough=thorough)


def heads_publish() -> int:
    """Copy the newest signed head of every chain to the storage `audit`; how many were new."""
    return sealing.publish_heads()


def trail_verify(*, actor: str, heads: Path | None = None, since: datetime | None = None) -> Report:
    """Recompute the chains and keep what was found; a broken trail is an event itself.

    Raises MissingPrerequisite without a key and InvalidInput for a file that is no head.
    """
    report = verify(heads=heads, since=since)
    if report.broken is not None:
        log.error("audit_trail_broken", broken=report.broken.as_json())
    _keep(report, actor)
    return report


@transaction.atomic
def _keep(report: Report, actor: str) -> None:
    """What was found, and the event of a broken trail, together."""
    kept = Verification.objects.create(
        actor=actor[:200],
        intact=report.broken is None,
        events=report.events,
        report=report.as_json(),
    )
    if report.broken is not None:
        record(
            actor=actor,
            act="audit.broken",
            object_type="verification",
            object_id=kept.pk,
            object_text=f"{report.broken.chain} {report.broken.position}",
            after=report.broken.as_json(),
            reason=report.broken.message,
        )


def trail_watch() -> None:
    """The daily look. What keeps it from looking is told to the operators, and tried again tomorrow."""
    try:
        trail_verify(actor=SEALER)
    except (ShieldError, OSError) as error:
        code = getattr(error, "code", "audit.heads")
        log.exception("audit_trail_not_verified", code=code)
        said = _("The audit trail could not be verified: %(why)s") % {"why": error}
        record(
            actor=SEALER,
            act="operations.trouble",
            object_type="operations",
            object_id="verification",
            object_text=said,
            after={"problem": said, "code": code},
        )


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]


def _event(draft: Draft, request_id: str) -> Event:
    """The row. Too long a text is cut rather than the event lost."""
    return Event(
        actor=_text(draft.actor)[:200],
        act=draft.act,
        object_type=draft.object_type,
        object_id=str(draft.object_id),
        object_text=_text(draft.object_text)[:300],
        before=_json(draft.before),
        after=_json(draft.after),
        reason=_text(draft.reason),
        request_id=request_id,
        unit=draft.unit,
    )


def _json(facts: Mapping[str, object] | None) -> dict[str, object] | None:
    return None if facts is None else {_text(key): _clean(it) for key, it in facts.items()}


def _clean(value: object) -> object:
    """A value without the character that PostgreSQL can keep in no text."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _text(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text

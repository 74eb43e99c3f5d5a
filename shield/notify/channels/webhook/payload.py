"""What a webhook receives: version 1, additive only; which object, what happened, and no person.

Names of people, reasons and comments stay here: a receiver that may know them asks the API with a
token. Only facts of the list `FACTS` go out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Final

from django.utils.translation import gettext as _

from shield.audit.models import Event
from shield.notify.choices import Format
from shield.notify.links import absolute
from shield.notify.models import Endpoint
from shield.notify.subjects import Subjects, subjects
from shield.notify.wording import plain
from shield.registry.models import Service

VERSION: Final = 1
MOST_BYTES: Final = 64 * 1024
FACTS: Final = frozenset(
    {
        "state", "severity", "outcome", "gate", "due_at", "expires_at", "tier", "environment",
        "version", "score", "days", "cadence_days", "number", "retired_at", "format",
    }
)  # fmt: skip
PERSONAL: Final = frozenset({"user", "apitoken", "grant", "session", "preference"})
"""Objects whose text names a person."""


def body(endpoint: Endpoint, event: Event) -> bytes:
    """The request's body, at most `MOST_BYTES`; a larger one loses its facts and says so."""
    found = subjects([event])
    document = _document(endpoint, event, found)
    if endpoint.format == Format.SLACK:
        return _encoded({"text": _line(document)})
    written = _encoded(document)
    if len(written) > MOST_BYTES:
        written = _encoded({**document, "before": None, "after": None, "cut": True})
    return written


def ping(endpoint: Endpoint, number: str) -> bytes:
    """A body to try an endpoint with."""
    if endpoint.format == Format.SLACK:
        return _encoded({"text": _("Shield can reach this address.")})
    return _encoded({"version": VERSION, "id": number, "type": "ping"})


def _document(endpoint: Endpoint, event: Event, found: Subjects) -> dict[str, object]:
    service = found.service(event)
    personal = event.object_type in PERSONAL
    return {
        "version": VERSION,
        "id": f"evt_{event.pk}",
        "type": event.act,
        "at": event.at.astimezone(UTC).isoformat(),
        "by": _by(event.actor),
        "object": {
            "type": event.object_type,
            "id": event.object_id,
            "text": None if personal else event.object_text,
            "url": absolute(found.url(event)),
        },
        "service": _service(service),
        "unit": service.unit.slug if service else (endpoint.unit.slug if endpoint.unit else None),
        "before": _facts(event.before),
        "after": _facts(event.after),
    }


def _service(service: Service | None) -> dict[str, str] | None:
    if service is None:
        return None
    return {"id": service.slug, "name": service.name, "tier": service.tier}


def _by(actor: str) -> str:
    """Who did it, without saying who: a run, the product itself, or a person."""
    if actor.startswith("run "):
        return "run"
    return "system" if actor == "system" else "person"


def _facts(facts: object) -> dict[str, object] | None:
    """The facts that may go out; nested ones only for the gate."""
    if not isinstance(facts, Mapping):
        return None
    out: dict[str, object] = {
        str(key): value
        for key, value in facts.items()
        if key in FACTS and isinstance(value, str | int | float | bool | None)
    }
    gate = facts.get("gate")
    if isinstance(gate, Mapping):
        out["gate"] = {key: gate.get(key) for key in ("outcome", "exit", "fail_on")}
    return out


def _line(document: Mapping[str, object]) -> str:
    """One line of text with a link, as chat systems that speak Slack's format take it."""
    of = document["object"]
    assert isinstance(of, dict)
    text = _escaped(plain(str(of["text"] or of["type"])))
    return f"{_escaped(str(document['type']))}: <{of['url']}|{text[:300]}>"


def _escaped(text: str) -> str:
    """Slack's three control characters, so that no title can mention people or make links."""
    for char, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "¦")):
        text = text.replace(char, safe)
    return text


def _encoded(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

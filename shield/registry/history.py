"""The audit events of the inventory: what a row was before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shield.audit.services import record
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.models import Dataset, Deployment, Service, Version
from shield.registry.ownership import owner_link

FACTS: Final = ("name", "owner", "purpose", "tier", "frameworks")
DECIDABLE: Final = frozenset({"owner", "frameworks"})
"""What stays as a person set it, whatever the next manifest says."""


def event(
    actor: str,
    act: str,
    target: Service | Version | Dataset | Deployment,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    """Append one event about a row of the inventory."""
    record(
        actor=actor,
        act=act,
        object_type=target._meta.model_name or "",
        object_id=target.pk,
        object_text=str(target),
        before=before,
        after=after,
        reason=reason,
        unit=target.unit_id,
    )
    SERVICE_CHANGED.tell([target.pk if isinstance(target, Service) else target.service_id])


def decide(service: Service, values: Mapping[str, object], actor: str, reason: str = "") -> None:
    """As `change`, by a person: from now on a registration leaves these facts alone."""
    decided = sorted({*service.decided, *(DECIDABLE & set(values))})
    if decided != service.decided:
        service.decided = decided
        service.save(update_fields=["decided"])
    change(service, values, actor, reason)


def change(service: Service, values: Mapping[str, object], actor: str, reason: str = "") -> None:
    """Set what differs, with one event that says what it was."""
    before = {name: getattr(service, name) for name in values}
    changed = [name for name, value in values.items() if value != before[name]]
    if not changed:
        return
    for name in changed:
        setattr(service, name, values[name])
    service.save(update_fields=[*changed, "updated_at"])
    if "owner" in changed:
        owner_link(service)
    event(
        actor,
        "service.change",
        service,
        before={name: before[name] for name in changed},
        after={name: values[name] for name in changed},
        reason=reason,
    )

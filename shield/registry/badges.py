"""The badge of a service: an address that shows its last verdict to whoever knows the token."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from shield.audit.services import record
from shield.registry.models import Service, ServiceBadge


def badge_of(slug: str, token: str) -> ServiceBadge | None:
    """The badge that the token opens; None for a wrong one, for none, and for one switched off."""
    badge = (
        ServiceBadge.objects.select_related("service")
        .filter(service__slug=slug, enabled=True)
        .first()
    )
    return badge if badge and constant_time_compare(badge.token, token) else None


@transaction.atomic
def badge_issue(*, service: Service, actor: str, reason: str = "") -> ServiceBadge:
    """A new token; the address with the old one, if there was one, shows nothing any more."""
    old = ServiceBadge.objects.select_for_update().filter(service=service).first()
    facts = {
        "token": secrets.token_urlsafe(24),
        "enabled": True,
        "issued_at": timezone.now(),
        "issued_by": actor[:200],
    }
    badge, _ = ServiceBadge.objects.update_or_create(service=service, defaults=facts)
    _event(badge, actor, "badge.rotate" if old else "badge.issue", reason)
    return badge


@transaction.atomic
def badge_disable(*, service: Service, actor: str, reason: str = "") -> None:
    """Switch the badge off. Idempotent."""
    badge = ServiceBadge.objects.select_for_update().filter(service=service, enabled=True).first()
    if badge is not None:
        badge.enabled = False
        badge.save(update_fields=["enabled"])
        _event(badge, actor, "badge.disable", reason)


def _event(badge: ServiceBadge, actor: str, act: str, reason: str) -> None:
    """Never with the token: the audit trail is read by many."""
    record(
        actor=actor,
        act=act,
        object_type="service",
        object_id=badge.service_id,
        object_text=str(badge.service),
        after={"badge": "on" if badge.enabled else "off"},
        reason=reason,
        unit=badge.unit_id,
    )

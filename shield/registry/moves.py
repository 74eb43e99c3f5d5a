"""Moving a service, with all that belongs to it, to another business unit."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import require
from shield.audit.services import record
from shield.common.errors import InvalidInput
from shield.registry.changes import SERVICE_CHANGED, SERVICE_MOVED
from shield.registry.models import Service


@transaction.atomic
def service_move(*, actor: User, service: Service, unit: BusinessUnit, reason: str) -> Service:
    """Put a service into another unit. Idempotent; both units see the event.

    Raises NotPermitted unless the actor looks after both units, InvalidInput without a reason.
    """
    service = Service.objects.select_for_update().select_related("unit").get(pk=service.pk)
    require(actor, "unit.manage", of=service.unit)
    require(actor, "unit.manage", of=unit)
    if not reason.strip():
        raise InvalidInput(
            "service.reason", _("A reason is needed."), _("Say why, in a few words.")
        )
    before = service.unit
    if before.pk == unit.pk:
        return service
    service.unit = unit
    service.save(update_fields=["unit", "updated_at"])
    for concerned in (before, unit):
        record(
            actor=actor.get_username(),
            act="service.move",
            object_type="service",
            object_id=service.pk,
            object_text=str(service),
            before={"unit": before.slug},
            after={"unit": unit.slug},
            reason=reason,
            unit=concerned.pk,
        )
    SERVICE_MOVED.tell(service_id=service.pk, before=before.pk, after=unit.pk)
    SERVICE_CHANGED.tell({service.pk})
    return service

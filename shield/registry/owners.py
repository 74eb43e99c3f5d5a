"""Giving services a new owner and deputies."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from shield.accounts.models import User
from shield.common.errors import InvalidInput
from shield.registry.history import decide, event
from shield.registry.models import Service


@transaction.atomic
def service_reassign(*, service: Service, owner: User, actor: str, reason: str) -> Service:
    """Make `owner` answer for a service: its text becomes the person's address, or else their name.

    From now on the registry says who owns it; what a manifest says is kept as a warning.
    """
    service = Service.objects.select_for_update().get(pk=service.pk)
    decide(service, {"owner": owner.email or owner.get_username()}, actor, reason)
    if service.owner_user_id != owner.pk:
        service.owner_user = owner
        service.save(update_fields=["owner_user"])
    return service


@transaction.atomic
def deputies_set(
    *, service: Service, deputies: Collection[User], actor: str, reason: str = ""
) -> Service:
    """Who acts for a service when its owner cannot. Only people who can sign in are added."""
    service = Service.objects.select_for_update().get(pk=service.pk)
    named = set(service.deputies.values_list("pk", flat=True))
    gone = [
        person.get_username()
        for person in deputies
        if not person.is_active and person.pk not in named
    ]
    if gone:
        raise InvalidInput(
            "deputy_inactive",
            _("%(people)s cannot sign in.") % {"people": ", ".join(gone)},
            _("Choose people with an active account."),
        )
    before = sorted(service.deputies.values_list("username", flat=True))
    after = sorted(person.get_username() for person in deputies)
    if before != after:
        service.deputies.set(deputies)
        event(
            actor,
            "service.deputies",
            service,
            before={"deputies": before},
            after={"deputies": after},
            reason=reason,
        )
    return service

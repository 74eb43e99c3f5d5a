"""Business units."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from shield.accounts.events import about
from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import require
from shield.accounts.policy import EVERYWHERE
from shield.common.errors import Conflict, InvalidInput


def unit_create(*, actor: User, name: str, slug: str = "") -> BusinessUnit:
    """A new unit; its slug, which manifests name, comes from the name unless given.

    Raises InvalidInput for a name without a letter, Conflict for one that is taken.
    """
    require(actor, "unit.manage", of=EVERYWHERE)
    slug = slugify(slug or name)[:60].strip("-")
    if not slug or not name.strip():
        raise InvalidInput("unit.name", _("A unit needs a name."), _("For example: Retail."))
    try:
        with transaction.atomic():
            unit = BusinessUnit.objects.create(slug=slug, name=name.strip()[:120])
            facts = {"slug": slug, "name": unit.name}
            about(actor.get_username(), "unit.create", unit, after=facts, unit=unit.pk)
    except IntegrityError as error:
        raise Conflict(
            "unit.exists", _("There is a unit %(slug)s already.") % {"slug": slug},
            _("Choose another name."),
        ) from error  # fmt: skip
    return unit


@transaction.atomic
def unit_rename(*, actor: User, unit: BusinessUnit, name: str) -> BusinessUnit:
    """Another name; the slug stays, because manifests carry it. Idempotent."""
    require(actor, "unit.manage", of=unit)
    unit = BusinessUnit.objects.select_for_update().get(pk=unit.pk)
    if not name.strip():
        raise InvalidInput("unit.name", _("A unit needs a name."), _("For example: Retail."))
    before, unit.name = unit.name, name.strip()[:120]
    if before != unit.name:
        unit.save(update_fields=["name"])
        about(
            actor.get_username(),
            "unit.rename",
            unit,
            before={"name": before},
            after={"name": unit.name},
            unit=unit.pk,
        )
    return unit

"""The business unit, or the service, that an option names."""

from __future__ import annotations

from django.apps import apps

from shield.accounts.models import BusinessUnit
from shield.common.errors import InvalidInput


def unit_named(slug: object) -> BusinessUnit | None:
    """The unit, or None for no option; raises InvalidInput with the units that there are."""
    if not slug:
        return None
    found = BusinessUnit.objects.filter(slug=slug).first()
    if found is None:
        there = ", ".join(BusinessUnit.objects.values_list("slug", flat=True)[:20])
        raise InvalidInput(
            "unit.unknown", f"There is no business unit {slug}.", f"There are: {there or 'none'}."
        )
    return found


def service_key_named(slug: object) -> int | None:
    """The key of the service, or None for no option; raises InvalidInput when there is none.

    By its name in the registry of models: services lie above accounts.
    """
    if not slug:
        return None
    services = apps.get_model("registry", "Service")._default_manager
    key: int | None = services.filter(slug=slug).values_list("pk", flat=True).first()
    if key is None:
        raise InvalidInput(
            "service.unknown",
            f"There is no service {slug}.",
            "Use the id that its shield.yaml names, once it is registered.",
        )
    return key

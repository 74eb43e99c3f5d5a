"""The business unit that an option names."""

from __future__ import annotations

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

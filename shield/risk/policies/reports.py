"""Reading back-test reports: numbers are for everybody, names only for who may see the services."""

from __future__ import annotations

from typing import Any, Final

from shield.accounts.policy import visible
from shield.registry.models import Service

WITH_EXAMPLES: Final = ("outcomes", "gates", "opens", "closes")


def seen_by(report: dict[str, Any] | None, user: object) -> dict[str, Any] | None:
    """The report without examples of services that this person may not see; the totals stay."""
    if report is None:
        return None
    named = {
        each["service"]
        for part in WITH_EXAMPLES
        for each in report.get(part, {}).get("examples", ())
    }
    rows = visible(Service.objects.filter(slug__in=named), user, "service.view")
    seen = set(rows.values_list("slug", flat=True))
    shown = dict(report)
    for part in WITH_EXAMPLES:
        found = report.get(part, {"total": 0, "examples": []})
        kept = [each for each in found["examples"] if each["service"] in seen]
        shown[part] = {**found, "examples": kept}
    return shown


def totals(report: dict[str, Any]) -> dict[str, Any]:
    """The report without examples: what a list needs, without a query for each row."""
    return {
        part: {**found, "examples": []} if part in WITH_EXAMPLES else found
        for part, found in report.items()
    }

"""Reading runs for lists: without the documents that they carry."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from shield.records.models import Run

DOCUMENTS = ("plan", "inputs", "policy", "gate", "warnings", "error")
"""What a run was asked for and judged by: kilobytes in every row, and no list shows them."""


def runs_listed(*, show: Collection[str] = ()) -> QuerySet[Run]:
    """Runs with service and version, without the documents of the three but those to `show`."""
    hidden = (name for name in DOCUMENTS if name not in show)
    return Run.objects.select_related("service", "version").defer(
        *hidden, "service__group_rules", "version__manifest"
    )

"""What a run was told of its inputs, against what the registry says of the same version now.

A version's manifest may change beside the same model: other sensitive columns, another favourable
label, other limits. A run keeps the manifest that it had; what it measured under another one answers a
question that nobody asks any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from shield.evidence.canonical import digest
from shield.records.models import Run

DESCRIPTIVE: Final = "service"
"""The part of a manifest that says who answers for what; nothing is measured by it."""
TABLES: Final = ("test", "train")


def runs_under_another_manifest(run_ids: Collection[UUID]) -> set[UUID]:
    """Those of the runs whose version is measured otherwise by now; one query.

    A run that kept no manifest (another tool pushed it) is none of them.
    """
    rows = Run.objects.filter(pk__in=run_ids).order_by()
    found = rows.values_list("pk", "inputs__manifest", "version__manifest")
    return {run for run, had, has in found if had and measured_by(had) != measured_by(has)}


def measured_by(manifest: Mapping[str, Any]) -> str:
    """Digest of all in a manifest (its JSON form) that shapes a measurement or its verdict.

    Who owns the service does not, nor where files lie: those are known by their bytes.
    """
    parts = {name: part for name, part in manifest.items() if name != DESCRIPTIVE}
    for name in ("model", "data"):
        if isinstance(parts.get(name), dict):
            parts[name] = {key: it for key, it in parts[name].items() if key != "path"}
    if "data" in parts:
        parts["data"] = {key: it for key, it in parts["data"].items() if key not in TABLES}
    return digest(parts)

"""Owners and frameworks that people changed before this release stay theirs.

A change by a person has a reason in the audit trail; one by a registration has none.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DECIDABLE = ("frameworks", "owner")


def decided_before(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    """Fill `decided` from the history."""
    Event = apps.get_model("audit", "Event")
    Service = apps.get_model("registry", "Service")
    found: dict[str, set[str]] = {}
    changes = Event.objects.filter(act="service.change", object_type="service").exclude(reason="")
    for key, after in changes.values_list("object_id", "after").iterator():
        found.setdefault(key, set()).update(name for name in DECIDABLE if name in (after or {}))
    for key, names in found.items():
        if names:
            Service.objects.filter(pk=key).update(decided=sorted(names))


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_decided_facts"),
        ("audit", "0002_event_unit"),
    ]

    operations = [migrations.RunPython(decided_before, migrations.RunPython.noop)]

"""The rows that events speak of, loaded by type: a query for each type in a batch.

Whatever model knows its business unit (`unit_path`) can be a subject, and nothing lists them; so can
a token, which belongs to a person and to no unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, cast

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model

from shield.accounts.models import ApiToken
from shield.audit.models import Event
from shield.findings.models import Finding
from shield.notify.people import Place, place_of
from shield.records.models import Run
from shield.registry.choices import Environment
from shield.registry.models import Deployment, Service

OWN: Final = frozenset({"user", "apitoken"})
"""Objects that are a person's own: told to that person alone, also when no role in a unit is left."""


@dataclass(slots=True)
class Subjects:
    """The loaded rows by (type, id), and which versions serve in production."""

    rows: dict[tuple[str, str], Model] = field(default_factory=dict)
    serving: set[int] = field(default_factory=set)

    def of(self, event: Event) -> Model | None:
        """The row that the event is about; None when it is gone or no row at all."""
        return self.rows.get((event.object_type, event.object_id))

    def place(self, event: Event) -> Place:
        """Where it belongs. What the row says counts more than the event: it may have moved."""
        if event.object_type in OWN:
            return Place(None)
        row = self.of(event)
        return place_of(row if hasattr(row, "unit_id") else None, event.unit)

    def finding(self, event: Event) -> Finding | None:
        """The finding that the event is about, also through a decision on it."""
        row = self.of(event)
        return row if isinstance(row, Finding) else getattr(row, "finding", None)

    def service(self, event: Event) -> Service | None:
        """The service that the event is about, in whatever way."""
        row = self.of(event)
        if isinstance(row, Service):
            return row
        of = self.finding(event) or row
        return cast("Service | None", getattr(of, "service", None))

    def keys(self, event: Event) -> list[tuple[str, str]]:
        """What one can follow or mute to hear, or not hear, of this event."""
        found = [(event.object_type, event.object_id)]
        finding, service = self.finding(event), self.service(event)
        if finding is not None:
            found.append(("finding", str(finding.pk)))
        if service is not None:
            found.append(("service", str(service.pk)))
        return found

    def url(self, event: Event) -> str:
        """The page of the row, of its finding or of its service; else the start page."""
        for row in (self.of(event), self.finding(event), self.service(event)):
            if row is not None and hasattr(row, "get_absolute_url"):
                return str(row.get_absolute_url())
        return "/"


def subjects(events: Sequence[Event]) -> Subjects:
    """The rows of these events."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for event in events:
        wanted[event.object_type].add(event.object_id)
    found = Subjects()
    for kind, ids in wanted.items():
        model = _models().get(kind)
        if model is None:
            continue
        keys = [pk for each in ids if (pk := _key(model, each)) is not None]
        rows = model._default_manager.select_related(*_related(model)).in_bulk(keys)
        found.rows |= {(kind, str(pk)): row for pk, row in rows.items()}
    versions = {row.version_id for row in found.rows.values() if isinstance(row, Run)}
    if versions:
        found.serving = set(
            Deployment.objects.filter(
                version__in=versions, environment=Environment.PRODUCTION, ended_at=None
            ).values_list("version_id", flat=True)
        )
    return found


@cache
def _models() -> dict[str, type[Model]]:
    models = [model for model in apps.get_models() if hasattr(model, "unit_path")]
    models.append(ApiToken)
    return {str(model._meta.model_name): model for model in models}


def _related(model: type[Model]) -> list[str]:
    """What `unit_id` and the wording need with the row: the way to the service, and people."""
    path = str(getattr(model, "unit_path", "")).rpartition("__")[0]
    names = {field.name for field in model._meta.get_fields() if field.many_to_one}
    people = names & {"assignee", "proposer", "user"}
    versions = {"version__service"} if "version" in names else set()
    return [*([path] if path else []), *sorted(people | versions)]


def _key(model: type[Model], written: str) -> object | None:
    """The primary key as the model has it; None for text that is none."""
    try:
        return cast(object, model._meta.pk.to_python(written))
    except ValidationError:
        return None

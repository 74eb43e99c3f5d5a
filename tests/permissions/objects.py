"""One of everything in a person's own business unit and in a foreign one, and which route names which.

`OBJECTS` maps the beginning of a route's name (without `api-`; the longest wins) to a function that
makes or finds the object in one of the two units and says the arguments of the address. It is called for
lists too, so that there is a foreign row which could leak. Make texts with `side.mark(...)`: whatever
carries the foreign mark must never reach a person of the other unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shield.accounts.models import BusinessUnit
from shield.audit.models import Event
from shield.audit.services import record
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.models import Dataset, Deployment, Service, Version
from tests import factories
from tests import sample_measurements as sample

FOREIGN: Final = "f0reign"


@dataclass(frozen=True)
class Side:
    """A business unit with one of everything."""

    name: str
    unit: BusinessUnit
    service: Service
    version: Version
    deployment: Deployment
    dataset: Dataset
    run: Run
    running: Run
    finding: Finding

    def mark(self, text: str) -> str:
        """A text by which this side's rows are known in any answer."""
        return f"{self.name} {text}"


def side(name: str) -> Side:
    """The rows of one unit; every text of them carries `name`."""
    unit = factories.unit(f"{name}-unit")
    service = factories.service(
        f"{name}-service", name=f"{name} service", owner=f"{name}@example.org",
        purpose=f"{name} purpose", unit=unit,
    )  # fmt: skip
    version = factories.version(service, f"{name}-1")
    deployment = factories.deployment(version)
    run = factories.run(version)
    findings_update(run=run)
    finding = Finding.objects.filter(service=service).order_by("pk")[0]
    running = factories.run(version, state=RunState.RUNNING)
    return Side(
        name, unit, service, version, deployment, version.datasets.get(), run, running, finding
    )


Arguments = dict[str, object]


def _event(of: Side) -> Event:
    return record(
        actor=of.mark("person"), act="service.change", object_type="service",
        object_id=of.service.pk, object_text=str(of.service), reason=of.mark("reason"),
        unit=of.unit.pk,
    )  # fmt: skip


OBJECTS: Final[dict[str, Callable[[Side], Arguments]]] = {
    "audit": lambda of: {"pk": _event(of).pk},
    "history": lambda of: {"pk": _event(of).pk},
    "service": lambda of: {"slug": of.service.slug, "pk": of.service.pk},
    "version": lambda of: {"pk": of.version.pk},
    "deployment": lambda of: {"pk": of.deployment.pk},
    "deployment-start": lambda of: {"slug": of.service.slug},
    "dataset": lambda of: {"pk": of.dataset.pk},
    "finding": lambda of: {"pk": of.finding.pk},
    "run": lambda of: {"pk": of.run.pk, "uuid": of.run.pk, "kind": "json", "form": "html"},
    "run-check": lambda of: {"pk": of.run.pk, "check_id": sample.DIFFERENCE},
    "run-start": lambda of: {"pk": of.version.pk},
    "run-cancel": lambda of: {"pk": of.running.pk},
}

SHARED: Final = frozenset[str]()
"""Beginnings of names of routes whose objects belong to the whole organisation: no unit hides them."""


def objects_of(route: str) -> Callable[[Side], Arguments]:
    """The function for a route; nothing for one whose address names no object."""
    bare = route.removeprefix("api-")
    fitting = [start for start in OBJECTS if bare == start or bare.startswith(f"{start}-")]
    return OBJECTS[max(fitting, key=len)] if fitting else lambda of: {}


def is_shared(route: str) -> bool:
    """Whether no unit hides what the route names."""
    return route.removeprefix("api-").startswith(tuple(SHARED))

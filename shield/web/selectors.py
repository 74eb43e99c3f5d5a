"""What the home page and the inventory's pages read, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from shield.accounts.policy import visible
from shield.audit.models import Event
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.findings.tables import gravest_first
from shield.records.choices import RunKind, SeverityChoice
from shield.records.models import Run
from shield.records.selectors import runs_listed
from shield.registry.models import Deployment, Service, Version
from shield.risk.freshness import freshness


def services_overview(*, retired: bool = False) -> QuerySet[Service]:
    """Services with the last finished run of their newest assessed version, freshness and findings.

    Read from the standings, which every change keeps: nothing is added up here, and a service that
    has no standing yet is there all the same. Those retired are left out of lists and counts;
    `retired=True` brings them in.
    """
    services = Service.objects.all() if retired else Service.objects.filter(retired_at=None)
    return (
        services.select_related("unit", "standing")
        .defer("group_rules", "standing__pillars", "standing__score_reasons", "standing__breaches")
        .annotate(
            last_run_id=F("standing__last_run_id"),
            last_finished_at=F("standing__last_finished_at"),
            last_outcome=F("standing__last_outcome"),
            last_coverage=F("standing__coverage"),
            newest_version=F("standing__newest_version__label"),
            active_findings=Coalesce("standing__active", Value(0)),
            freshness=freshness(path="standing__"),
        )
    )


def severities_of(service: Service) -> dict[str, int]:
    """Active findings of a service by severity, from its standing (select it with the service)."""
    standing = getattr(service, "standing", None)
    if standing is None:
        return {}
    return {severity: getattr(standing, severity) for severity in SeverityChoice.values}


class Strip(NamedTuple):
    """A run as a bar of an outcome strip."""

    state: str
    outcome: str | None
    queued_at: datetime
    version: str


def recent_runs(services: Iterable[Service], *, each: int = 10) -> dict[int, list[Strip]]:
    """The last runs of each service, oldest first, in one query: for the outcome strips."""
    ranked = Run.objects.filter(service__in=[service.pk for service in services]).annotate(
        place=Window(RowNumber(), partition_by=F("service"), order_by=F("queued_at").desc())
    )
    shown = ranked.filter(place__lte=each).order_by("queued_at")
    runs: dict[int, list[Strip]] = defaultdict(list)
    for service, state, outcome, queued_at, version in shown.values_list(
        "service_id", "state", "outcome", "queued_at", "version__label"
    ):
        runs[service].append(Strip(state, outcome, queued_at, version))
    return runs


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many services stand at one verdict."""

    outcome: str
    total: int
    share: float


def services_by_verdict(user: object) -> list[Verdict]:
    """Services in use by last verdict, worst first; those never assessed are last."""
    in_use = Service.objects.filter(retired_at=None).order_by()
    services: QuerySet[Any] = visible(in_use, user, "service.view")
    rows = services.values_list("standing__last_outcome").annotate(total=Count("pk"))
    totals: dict[str, int] = defaultdict(int)
    for outcome, total in rows:
        totals[outcome or ""] += total
    whole = sum(totals.values()) or 1
    order = ("fail", "error", "inconclusive", "skipped", "pass", "")
    return [
        Verdict(outcome, totals[outcome], totals[outcome] / whole)
        for outcome in order
        if totals[outcome]
    ]


def findings_most_urgent(user: object, *, limit: int = 8) -> list[Finding]:
    """Active findings, gravest first, then by due date."""
    active = visible(Finding.objects.filter(state__in=FindingState.active()), user, "finding.view")
    return list(gravest_first(active.select_related("service", "assignee"))[:limit])


def runs_latest(user: object, *, limit: int = 6) -> list[Run]:
    """The assessments that were queued last; what tools push by the minute would push them out."""
    assessed = runs_listed().filter(kind=RunKind.ASSESSED)
    return list(visible(assessed, user, "run.view").order_by("-queued_at")[:limit])


def deployments_of(service: Service) -> list[Deployment]:
    """What serves now comes first, then what served before, latest first."""
    return list(
        service.deployments.select_related("version").order_by(
            F("ended_at").desc(nulls_first=True), "environment", "-started_at"
        )
    )


def service_history(
    service: Service, *, versions: Iterable[Version], limit: int = 30
) -> list[Event]:
    """What was done to the service, its versions, data and deployments, latest first."""
    parts = {
        "service": [service.pk],
        "version": [version.pk for version in versions],
        "dataset": service.datasets.values_list("pk", flat=True),
        "deployment": service.deployments.values_list("pk", flat=True),
    }
    wanted = Q()
    for kind, keys in parts.items():
        wanted |= Q(object_type=kind, object_id__in=[str(key) for key in keys])
    return list(Event.objects.filter(wanted)[:limit])

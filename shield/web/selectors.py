"""What the home page and the inventory's pages read, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from shield.accounts.policy import visible
from shield.audit.models import Event
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.findings.tables import gravest_first
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.models import Deployment, Service, Version

EVIDENCE_FRESH_DAYS = 90
"""Evidence older than this is stale, as is evidence about a version that is no longer the newest."""


def services_overview(*, retired: bool = False) -> QuerySet[Service]:
    """Services with their last finished run, freshness and number of active findings.

    Those retired are left out of lists and counts; `retired=True` brings them in.
    """
    finished = Run.objects.filter(service=OuterRef("pk"), state=RunState.FINISHED)
    last = finished.order_by("-finished_at", "-queued_at")
    newest = Version.objects.filter(service=OuterRef("pk")).order_by("-id")
    active = Finding.objects.filter(service=OuterRef("pk"), state__in=FindingState.active())
    per_service = active.order_by().values("service").annotate(total=Count("pk")).values("total")
    cutoff = timezone.now() - timedelta(days=EVIDENCE_FRESH_DAYS)
    services = Service.objects.all() if retired else Service.objects.filter(retired_at=None)
    return (
        services.annotate(
            last_run_id=Subquery(last.values("id")[:1]),
            last_finished_at=Subquery(last.values("finished_at")[:1]),
            last_outcome=Subquery(last.values("outcome")[:1]),
            last_coverage=Subquery(last.values("coverage")[:1]),
            newest_version_id=Subquery(newest.values("id")[:1]),
            newest_version=Subquery(newest.values("label")[:1]),
            active_findings=Coalesce(Subquery(per_service), Value(0)),
        )
        .annotate(
            newest_assessed=Exists(
                Run.objects.filter(
                    version_id=OuterRef("newest_version_id"), state=RunState.FINISHED
                )
            )
        )
        .annotate(
            freshness=Case(
                When(last_run_id=None, then=Value("never")),
                When(
                    Q(last_finished_at__lt=cutoff) | Q(newest_assessed=False), then=Value("stale")
                ),
                default=Value("fresh"),
                output_field=CharField(),
            )
        )
    )


def findings_by_severity(services: Iterable[Service]) -> dict[int, dict[str, int]]:
    """Active findings per service and severity, in one query."""
    rows = (
        Finding.objects.filter(service__in=list(services), state__in=FindingState.active())
        .values_list("service", "severity")
        .order_by()
        .annotate(total=Count("pk"))
    )
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for service, severity, total in rows:
        counts[service][severity] = total
    return counts


def recent_runs(services: Iterable[Service], *, each: int = 10) -> dict[int, list[Run]]:
    """The last runs of each service, oldest first, in one query: for the outcome strips."""
    ranked = Run.objects.filter(service__in=list(services)).annotate(
        place=Window(RowNumber(), partition_by=F("service"), order_by=F("queued_at").desc())
    )
    runs: dict[int, list[Run]] = defaultdict(list)
    for run in ranked.filter(place__lte=each).select_related("version").order_by("queued_at"):
        runs[run.service_id].append(run)
    return runs


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many services stand at one verdict."""

    outcome: str
    total: int
    share: float


def services_by_verdict(user: object) -> list[Verdict]:
    """Services in use by last verdict, worst first; those never assessed are last."""
    services: QuerySet[Any] = visible(services_overview(), user, "service.view")
    rows = services.order_by().values_list("last_outcome").annotate(total=Count("pk"))
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
    """The runs that were queued last."""
    rows = visible(Run.objects.select_related("service", "version"), user, "run.view")
    return list(rows.order_by("-queued_at")[:limit])


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

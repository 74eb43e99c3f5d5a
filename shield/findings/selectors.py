"""Reading findings."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils import timezone

from shield.evidence.outcome import Severity
from shield.findings.choices import FindingState, TimelineAct
from shield.findings.models import Finding
from shield.records.models import Run
from shield.registry.models import Service


def findings_all() -> QuerySet[Finding]:
    """Every finding with what a list shows."""
    return Finding.objects.select_related(
        "service", "assignee", "measurement__check_record", "last_run__version"
    )


def findings_active(*, service: Service | None = None) -> QuerySet[Finding]:
    """Findings that still ask for work, the most urgent first."""
    rows = findings_all().filter(state__in=FindingState.active())
    if service is not None:
        rows = rows.filter(service=service)
    return rows.order_by("due_at", "id")


def findings_overdue(*, at: datetime | None = None) -> QuerySet[Finding]:
    """Active findings whose due date has passed."""
    return findings_active().filter(due_at__lt=at or timezone.now())


def findings_unassigned() -> QuerySet[Finding]:
    """Active findings that nobody is responsible for."""
    return findings_active().filter(assignee__isnull=True)


def findings_of_run(run: Run) -> QuerySet[Finding]:
    """Findings that this run opened, saw again or found regressed, in the order of their ids."""
    acts = [TimelineAct.OPENED, TimelineAct.SEEN, TimelineAct.REGRESSED]
    return (
        findings_all()
        .filter(timeline__run=run, timeline__act__in=acts, timeline__measurement__outcome="fail")
        .distinct()
        .order_by("id")
    )


def findings_proved_by(run: Run) -> QuerySet[Finding]:
    """Findings that this run resolved or closed."""
    acts = [TimelineAct.RESOLVED, TimelineAct.CLOSED]
    rows = findings_all().filter(timeline__run=run, timeline__act__in=acts)
    return rows.distinct().order_by("id")


def counts_by_severity(*, service: Service | None = None) -> dict[Severity, int]:
    """How many active findings there are of each severity; all five keys, gravest first."""
    rows = findings_active(service=service).order_by().values("severity")
    found = {row["severity"]: row["count"] for row in rows.annotate(count=Count("id"))}
    return {severity: found.get(severity.value, 0) for severity in Severity}


def counts_by_service() -> dict[int, dict[Severity, int]]:
    """Active findings by service id and severity, in one query: for lists of services."""
    rows = findings_active().order_by().values("service_id", "severity")
    counts: dict[int, dict[Severity, int]] = {}
    for row in rows.annotate(count=Count("id")):
        of_service = counts.setdefault(row["service_id"], dict.fromkeys(Severity, 0))
        of_service[Severity(row["severity"])] = row["count"]
    return counts

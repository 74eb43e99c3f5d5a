"""Reading coverage for pages and the API, in a fixed number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from shield.accounts.policy import scope, token_service, visible
from shield.frameworks.catalogue import Framework, Requirement, frameworks
from shield.frameworks.coverage import Coverage
from shield.frameworks.facts import known_of
from shield.frameworks.models import CoverageRow, Statement
from shield.frameworks.refresh import coverage_of, due, is_due, rows_compute
from shield.registry.models import Service

VIEW: Final = "framework.view"
AFRESH: Final = 100
"""Rows that one page computes itself when they are due; the rest shows what was stored last."""

SUMMED: Final = ("total", "holds", "fails", "inconclusive", "stale", "signed", "expired", "gaps")


@dataclass(slots=True)
class Totals:
    """A framework over all services that declare it and that the person may see."""

    framework: Framework
    services: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUMMED, 0))
    behind: int = 0
    """Services whose stored coverage is due and was too many to compute while somebody waits."""

    @property
    def measured(self) -> int:
        """Requirements with current, decided measurements."""
        return self.counts["holds"] + self.counts["fails"]

    @property
    def measured_share(self) -> float | None:
        """Of all requirements of all services; None without any."""
        return self.measured / self.counts["total"] if self.counts["total"] else None

    @property
    def signed_share(self) -> float | None:
        """As `measured_share`, for current statements."""
        return self.counts["signed"] / self.counts["total"] if self.counts["total"] else None

    def add(self, counts: Mapping[str, Any]) -> None:
        """Count more services in."""
        self.services += counts.get("services") or 0
        for name in SUMMED:
            self.counts[name] += counts.get(name) or 0


@dataclass(frozen=True, slots=True)
class RequirementTotals:
    """One requirement over all those services: how many stand in which state."""

    requirement: Requirement
    measured: Counter[str]
    stated: Counter[str]


def coverage_rows(user: object, framework: str | None = None) -> QuerySet[CoverageRow]:
    """Stored coverage of services in use that the person may see."""
    rows = visible(CoverageRow.objects.select_related("service"), user, VIEW)
    rows = rows.filter(service__retired_at=None)
    return rows if framework is None else rows.filter(framework=framework)


def framework_totals(user: object) -> list[Totals]:
    """Every framework with its coverage: three queries, and the facts of what is due."""
    found = {name: Totals(item) for name, item in frameworks().items()}
    rows = coverage_rows(user).filter(framework__in=list(found))
    fresh, behind = _afresh(rows)
    stored = rows.exclude(pk__in=[row.pk for row in fresh]).order_by().values("framework")
    for sums in stored.annotate(services=Count("pk"), **{name: Sum(name) for name in SUMMED}):
        found[sums["framework"]].add(sums)
    for row in fresh:
        found[row.framework].add({"services": 1} | {name: getattr(row, name) for name in SUMMED})
    for name, total in behind.items():
        found[name].behind = total
    return list(found.values())


def requirement_totals(user: object, framework: Framework) -> list[RequirementTotals]:
    """How the services stand at each requirement of a framework."""
    rows = coverage_rows(user, framework.id)
    fresh, _ = _afresh(rows)
    letters = list(
        rows.exclude(pk__in=[row.pk for row in fresh])
        .filter(framework_sha256=framework.sha256)
        .order_by()
        .values_list("measured", "stated")
    )
    letters += [(row.measured, row.stated) for row in fresh]
    measured = [Counter(column) for column in zip(*(each[0] for each in letters), strict=True)]
    stated = [Counter(column) for column in zip(*(each[1] for each in letters), strict=True)]
    nothing: Counter[str] = Counter()
    return [
        RequirementTotals(
            item,
            measured[place] if measured else nothing,
            stated[place] if stated else nothing,
        )
        for place, item in enumerate(framework.requirements)
    ]


def rows_afresh(rows: list[CoverageRow]) -> None:
    """Bring those of `rows` up to date that are due, in memory: for one page of a list."""
    now = timezone.now()
    if stale := [row for row in rows if is_due(row, now)]:
        rows_compute(stale)


def service_coverage(
    service: Service, framework: Framework, *, now: datetime | None = None
) -> Coverage:
    """Coverage of one framework by one service, from the facts as they are."""
    (known,) = known_of([service])
    return coverage_of(known, framework, now=now or timezone.now())


def service_coverages(service: Service) -> list[Coverage]:
    """Coverage of every framework that the service declares, from one reading of the facts."""
    (known,) = known_of([service])
    now = timezone.now()
    declared = [frameworks()[name] for name in frameworks() if name in service.frameworks]
    return [coverage_of(known, framework, now=now) for framework in declared]


def statements_seen(user: object) -> QuerySet[Statement]:
    """Statements about what the person may see; those for the whole organisation speak to all."""
    rows = Statement.objects.select_related("service", "unit")
    where = scope(user, VIEW)
    only = token_service(user)
    if only is not None:
        rows = rows.filter(service=only)
    if where.everywhere:
        return rows
    if not where:
        return rows.none()
    return rows.filter(
        Q(service__unit__in=where.units)
        | Q(service=None, unit__in=where.units)
        | Q(service=None, unit=None)
    )


def statement_versions(statement: Statement) -> QuerySet[Statement]:
    """Every version of what one statement says, the newest first."""
    return Statement.objects.filter(
        framework=statement.framework,
        requirement=statement.requirement,
        about=statement.about,
    ).order_by("-version")


def in_force(now: datetime) -> Q:
    """Statements that count at this moment."""
    return Q(withdrawn_at=None, replaced_at=None, expires_at__gt=now)


def _afresh(rows: QuerySet[CoverageRow]) -> tuple[list[CoverageRow], Counter[str]]:
    """(Rows that were due, computed now; framework → how many more are due)."""
    waiting = due(timezone.now()).filter(pk__in=rows.values("pk")).select_related("service")
    fresh = list(waiting.order_by("pk")[:AFRESH])
    behind: Counter[str] = Counter()
    if len(fresh) == AFRESH:
        rest = waiting.exclude(pk__in=[row.pk for row in fresh]).order_by().values("framework")
        behind.update({r["framework"]: r["n"] for r in rest.annotate(n=Count("pk"))})
    if fresh:
        rows_compute(fresh)
    return fresh, behind

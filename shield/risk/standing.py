"""Bringing the standing of services up to date: a handful of queries for any number of services.

Whoever changes a finding, a run or a version says so through `SERVICE_CHANGED`, inside the transaction
of the change. A standing is computed while its row is locked, so that the later of two changes sees
what the earlier one wrote. The lock is never waited for while other rows are held: a change that finds
it taken refreshes once more right after its own commit, so that no two acts block each other in a circle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery
from django.utils import timezone

from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.choices import OutcomeChoice, RunKind, RunState, SeverityChoice
from shield.records.models import CheckRecord, Run
from shield.registry.models import Service, Version
from shield.risk.appraisal import appraise
from shield.risk.models import Standing

BATCH: Final = 500
UNMEASURED: Final = (OutcomeChoice.SKIPPED, OutcomeChoice.ERROR)
WRITTEN: Final = [
    each.name
    for each in Standing._meta.concrete_fields
    if each.name not in {"service"}  # the key
]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one pillar: the run, its version's label, its end, the pillar's outcome."""

    run: UUID
    version: str
    ended: datetime
    outcome: str | None


@dataclass(slots=True)
class Facts:
    """What is known of one service, as the columns of its standing."""

    newest_version: int | None = None
    newest_assessed: bool = False
    last_run: UUID | None = None
    pillars: dict[str, Evidence] = field(default_factory=dict)
    severities: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    next_due_at: datetime | None = None


def standings_refresh(service_ids: Collection[int]) -> None:
    """Recompute the standing of these services from what the database holds now.

    One whose row another transaction holds is refreshed right after the present one commits.
    """
    _refresh_all(service_ids, wait=False)


def standings_refresh_all() -> int:
    """Recompute every standing, a batch a transaction; how many there are."""
    services = list(Service.objects.order_by("pk").values_list("pk", flat=True))
    _refresh_all(services, wait=True)
    return len(services)


def standings_complete() -> int:
    """Make the standings that are missing: of services older than this table. How many were made."""
    missing = list(Service.objects.filter(standing=None).values_list("pk", flat=True))
    _refresh_all(missing, wait=True)
    return len(missing)


def standings_follow_clocks(*, at: datetime | None = None) -> int:
    """Refresh the standings of services with a finding that became overdue since; how many there were.

    Nobody acts when a due date passes, so that nobody else says so.
    """
    now = at or timezone.now()
    late = Finding.objects.filter(
        state__in=FindingState.active(),
        due_at__lt=now,
        due_at__gte=F("service__standing__refreshed_at"),
    )
    services = set(late.order_by().values_list("service_id", flat=True))
    _refresh_all(services, wait=True)
    return len(services)


def _refresh_all(service_ids: Iterable[int], *, wait: bool) -> None:
    for ids in _batches(sorted(set(service_ids))):
        with transaction.atomic():
            rows = _locked(ids, wait=wait)
            _refresh(rows)
            if busy := [key for key in ids if key not in rows]:
                after = partial(_refresh_all, busy, wait=True)
                transaction.on_commit(after, robust=True)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _locked(ids: list[int], *, wait: bool) -> dict[int, Standing]:
    """The rows by service, locked, each made where it is missing; without `wait` those that are free."""
    rows = Standing.objects.filter(service__in=ids).order_by("service_id")
    free = rows.select_related("service").select_for_update(of=("self",), skip_locked=not wait)
    held = {row.service_id: row for row in free}
    if len(held) == len(ids):
        return held
    known = set(rows.values_list("service_id", flat=True))
    missing = [Standing(service_id=key) for key in ids if key not in known]
    if not missing:
        return held
    Standing.objects.bulk_create(missing, ignore_conflicts=True)
    return {row.service_id: row for row in free.all()}


def _refresh(rows: dict[int, Standing]) -> None:
    facts = {key: Facts() for key in rows}
    _read_versions(facts)
    _read_runs(facts)
    _read_findings(facts)
    wanted = {seen.run for each in facts.values() for seen in each.pillars.values()}
    wanted |= {each.last_run for each in facts.values() if each.last_run is not None}
    runs = Run.objects.only("outcome", "finished_at", "coverage", "left_out").in_bulk(wanted)
    checks = _checks_by_pillar(runs)
    for key, row in rows.items():
        _apply(row, facts[key], runs, checks)
    if rows:
        appraise(rows.values())
        Standing.objects.bulk_create(
            rows.values(), update_conflicts=True, unique_fields=["service"], update_fields=WRITTEN
        )


def _read_versions(facts: dict[int, Facts]) -> None:
    newest = Version.objects.filter(service=OuterRef("pk")).order_by("-id").values("id")[:1]
    rows = (
        Service.objects.filter(pk__in=facts)
        .annotate(newest=Subquery(newest))
        .annotate(
            assessed=Exists(
                Run.objects.filter(
                    version_id=OuterRef("newest"), state=RunState.FINISHED, kind=RunKind.ASSESSED
                )
            )
        )
        .order_by()
    )
    for key, version, assessed in rows.values_list("pk", "newest", "assessed"):
        facts[key].newest_version, facts[key].newest_assessed = version, assessed


def _read_runs(facts: dict[int, Facts]) -> None:
    """The last finished run of the newest version that has one, and for each pillar the same.

    An older version that is run again says nothing of the newer one: it never stands in for it.
    """
    rows = Run.objects.filter(
        service__in=facts, state=RunState.FINISHED, kind=RunKind.ASSESSED
    ).order_by("service", "-version_id", "-finished_at", "-queued_at", "-pk")
    found = rows.values_list("service_id", "pk", "version__label", "finished_at", "pillars")
    for key, run, label, ended, pillars in found.iterator(chunk_size=2_000):
        assert ended is not None  # a finished run has an end
        each = facts[key]
        if each.last_run is None:
            each.last_run = run
        for pillar, outcome in pillars.items():
            each.pillars.setdefault(pillar, Evidence(run, label, ended, outcome))


def _read_findings(facts: dict[int, Facts]) -> None:
    wanted = [*FindingState.active(), FindingState.ACCEPTED]
    rows = (
        Finding.objects.filter(service__in=facts, state__in=wanted)
        .order_by()
        .values_list("service_id", "severity")
        .annotate(
            active=Count("pk", filter=~Q(state=FindingState.ACCEPTED)),
            accepted=Count("pk", filter=Q(state=FindingState.ACCEPTED)),
            due=Min("due_at", filter=~Q(state=FindingState.ACCEPTED)),
        )
    )
    for key, severity, active, accepted, due in rows:
        each = facts[key]
        each.severities[severity] = active
        each.accepted += accepted
        each.next_due_at = min(filter(None, (each.next_due_at, due)), default=None)


def _checks_by_pillar(runs: dict[UUID, Run]) -> dict[tuple[UUID, str], tuple[int, int]]:
    """(run, pillar) → how many checks were asked for and how many measured.

    What the tier asks for counts also where the manifest left it out.
    """
    rows = (
        CheckRecord.objects.filter(run__in=runs)
        .order_by()
        .values_list("run_id", "pillar")
        .annotate(planned=Count("pk"), unmeasured=Count("pk", filter=Q(outcome__in=UNMEASURED)))
    )
    missing = Counter(
        (run.pk, check.split(".", 1)[0]) for run in runs.values() for check in run.left_out
    )
    return {
        (run, pillar): (planned + missing[run, pillar], planned - unmeasured)
        for run, pillar, planned, unmeasured in rows
    }


def _apply(
    row: Standing,
    facts: Facts,
    runs: dict[UUID, Run],
    checks: dict[tuple[UUID, str], tuple[int, int]],
) -> None:
    run: Run | None = runs.get(facts.last_run) if facts.last_run else None
    row.last_run_id = facts.last_run
    row.last_outcome = run.outcome if run else None
    row.last_finished_at = run.finished_at if run else None
    row.coverage = _coverage(run) if run else {}
    row.newest_version_id = facts.newest_version
    row.newest_assessed = facts.newest_assessed
    row.pillars = {
        pillar: _pillar(seen, *checks.get((seen.run, pillar), (0, 0)))
        for pillar, seen in sorted(facts.pillars.items())
    }
    for severity in SeverityChoice.values:
        setattr(row, severity, facts.severities.get(severity, 0))
    row.active = sum(facts.severities.values())
    row.accepted = facts.accepted
    row.next_due_at = facts.next_due_at


def _coverage(run: Run) -> dict[str, int]:
    """The run's own, held to all that the tier asks for: whoever asks for less has measured less."""
    missing = len(run.left_out)
    planned = int(run.coverage.get("planned", 0)) + missing
    return {**run.coverage, "planned": planned, "left_out": missing}


def _pillar(seen: Evidence, planned: int, measured: int) -> dict[str, Any]:
    return {
        "outcome": seen.outcome,
        "planned": planned,
        "measured": measured,
        "run": str(seen.run),
        "version": seen.version,
        "at": seen.ended.isoformat(),
    }

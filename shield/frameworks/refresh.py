"""Keeping coverage rows up to date: marked in the transaction of a change, computed a little later.

Marking costs a fixed number of small statements, however much has changed, so that a run that imports
thousands of measurements never waits for it. Whoever reads a row that is due computes it afresh.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from shield.accounts.models import BusinessUnit
from shield.frameworks.catalogue import Framework, frameworks
from shield.frameworks.coverage import Coverage, Measured, Stated, coverage
from shield.frameworks.facts import Known, known_of
from shield.frameworks.models import CoverageRow
from shield.registry.models import Service
from shield.risk.catalogue import CHECKS

BATCH: Final = 100
"""Rows that are computed at once."""

COMPUTED: Final = (
    "framework_sha256", "measured", "stated", "total", "holds", "fails", "inconclusive", "stale",
    "signed", "expired", "gaps", "due_at", "computed_at",
)  # fmt: skip


def coverage_of(known: Known, framework: Framework, *, now: datetime) -> Coverage:
    """Coverage from facts that were read."""
    return coverage(framework, known.of(framework.id), known=CHECKS.all(), now=now)


@transaction.atomic
def services_changed(ids: Collection[int]) -> None:
    """Mark every coverage row of these services due, and make the rows that they lack.

    A service whose rows another act is marking is not waited for, because that act may wait for what
    this one holds: its rows are marked right after this act has committed.
    """
    free = _lock(ids, wait=False)
    _mark(free)
    if rest := frozenset(ids) - free:
        transaction.on_commit(partial(_mark_alone, rest))


@transaction.atomic
def _mark_alone(ids: Collection[int]) -> None:
    """In a transaction of its own, which holds nothing else and may wait."""
    _mark(_lock(ids, wait=True))


def _lock(ids: Collection[int], *, wait: bool) -> frozenset[int]:
    """The services among these whose rows are ours to mark until the transaction ends."""
    skip = not wait and connection.features.has_select_for_update_skip_locked
    rows = Service.objects.filter(pk__in=ids).order_by("pk")
    return frozenset(
        rows.select_for_update(skip_locked=skip, no_key=True).values_list("pk", flat=True)
    )


def _mark(ids: Collection[int]) -> None:
    now = timezone.now()
    wanted = {
        (pk, framework)
        for pk, chosen in Service.objects.filter(pk__in=ids).values_list("pk", "frameworks")
        for framework in chosen
        if framework in frameworks()
    }
    rows = CoverageRow.objects.filter(service__in=ids)
    there = set(rows.values_list("service_id", "framework"))
    if gone := there - wanted:
        away = Q(pk__in=[])
        for service, framework in gone:
            away |= Q(service=service, framework=framework)
        rows.filter(away).delete()
    CoverageRow.objects.bulk_create(
        [CoverageRow(service_id=pk, framework=name, due_at=now) for pk, name in wanted - there],
        ignore_conflicts=True,
        batch_size=500,
    )
    rows.update(due_at=now)


def coverage_mark(
    *, framework: str, service: Service | None = None, unit: BusinessUnit | None = None
) -> None:
    """Mark rows of one framework due: of a service, of a business unit, or all of them."""
    rows = CoverageRow.objects.filter(framework=framework)
    if service is not None:
        rows = rows.filter(service=service)
    elif unit is not None:
        rows = rows.filter(service__unit=unit)
    rows.update(due_at=timezone.now())


def is_due(row: CoverageRow, now: datetime) -> bool:
    """True when the row says something that may no longer hold."""
    known = frameworks().get(row.framework)
    changed = known is not None and row.framework_sha256 != known.sha256
    return changed or (row.due_at is not None and row.due_at <= now)


def due(now: datetime) -> QuerySet[CoverageRow]:
    """Rows to compute afresh."""
    current = Q(pk__in=[])
    for framework in frameworks().values():
        current |= Q(framework=framework.id, framework_sha256=framework.sha256)
    return CoverageRow.objects.filter(Q(due_at__lte=now) | ~current)


def rows_compute(rows: Iterable[CoverageRow]) -> None:
    """Bring rows up to date in memory; their services must have been selected with them."""
    rows = list(rows)
    now = timezone.now()
    services = {row.service_id: row.service for row in rows}
    known = {item.service.pk: item for item in known_of(services.values())}
    for row in rows:
        framework = frameworks().get(row.framework)
        if framework is not None:
            _fill(row, coverage_of(known[row.service_id], framework, now=now), now)


def coverage_refresh(*, service_ids: Collection[int] | None = None, most: int = 2_000) -> int:
    """Compute and store what is due, of some services or of all; how many rows.

    The rows are locked before the facts are read: a change that commits meanwhile waits, and marks
    them due again. Rows that a change holds just now are left for the next time.
    """
    _make_missing()
    waiting = due(timezone.now()).order_by("service_id", "framework")
    if service_ids is not None:
        waiting = waiting.filter(service__in=service_ids)
    keys = list(waiting.values_list("pk", flat=True)[:most])
    done = 0
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            batch = list(
                CoverageRow.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("service")
                .filter(pk__in=keys[start : start + BATCH])
            )
            rows_compute(batch)
            CoverageRow.objects.bulk_update(batch, COMPUTED, batch_size=50)
        done += len(batch)
    return done


def _make_missing() -> None:
    """Rows of services that were written without telling anybody: restored, imported in bulk."""
    has = CoverageRow.objects.filter(service=OuterRef("pk"))
    bare = Service.objects.filter(~Exists(has), retired_at=None).exclude(frameworks=[])
    if ids := list(bare.values_list("pk", flat=True)[:2_000]):
        services_changed(ids)


def _fill(row: CoverageRow, found: Coverage, now: datetime) -> None:
    row.framework_sha256 = found.framework.sha256
    row.measured, row.stated = found.measured, found.stated
    row.total = len(found.lines)
    row.holds = found.count(Measured.HOLDS)
    row.fails = found.count(Measured.FAILS)
    row.inconclusive = found.count(Measured.INCONCLUSIVE)
    row.stale = found.count(Measured.STALE)
    row.signed = found.count(Stated.CURRENT)
    row.expired = found.count(Stated.EXPIRED)
    row.gaps = len(found.gaps)
    row.due_at, row.computed_at = found.changes_at, now

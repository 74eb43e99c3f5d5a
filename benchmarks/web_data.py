"""Fills an empty, migrated PostgreSQL with the benchmark's organisation, in bulk.

    SHIELD_DATABASE_URL=postgres://… python -m benchmarks.web_data [--services 2000] [--seed 7]

For each 1,000 services: 500,000 findings (a tenth active) with their clocks, 25,000 acceptances,
12,500 finished runs with 2,500,000 measurements, 500,000 sealed audit events, 2,000 incidents, 250
people with grants and 50,000 messages to them. Standings, figures of the days and the coverage of
frameworks are then computed by the product itself.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import django
from django.db import connection, transaction
from django.db.models import Model

from benchmarks import web_findings, web_governance, web_inventory, web_runs, web_trail
from benchmarks.web_copy import copy_lines, copy_rows, sequences_reset
from benchmarks.web_world import NOW, World

Say = Callable[[str], None]
Rows = tuple[type[Model], Iterable[Mapping[str, Any]]]
Lines = tuple[type[Model], Sequence[str], Iterable[str]]


def fill(world: World, say: Say = print) -> None:
    """Write everything in one transaction, then let the product compute what it derives."""
    few, many = [*_inventory(world), *_runs(world)], list(_many(world))
    tables = [model for model, *_ in (*few, *many)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no checks row by row
        names = ", ".join(f'"{model._meta.db_table}"' for model in tables)
        cursor.execute(f"TRUNCATE {names} CASCADE")  # a table made empty here needs no log
        for model, rows in few:
            _timed(say, model.__name__, lambda m=model, r=rows: copy_rows(m, r, NOW))
        for model, columns, lines in many:
            _timed(
                say, model.__name__, lambda m=model, c=columns, x=lines: copy_lines(m, c, x, NOW)
            )
    sequences_reset(model for model in tables if model._meta.pk.get_internal_type() != "UUIDField")
    _vacuum(say)
    _derive(say)
    _vacuum(say)


def _inventory(world: World) -> Iterator[Rows]:
    from django.contrib.auth.hashers import make_password

    from shield.accounts import models as accounts
    from shield.frameworks.models import Statement
    from shield.incidents.models import Incident
    from shield.registry import models as registry

    yield accounts.BusinessUnit, web_inventory.units(world)
    yield accounts.User, web_inventory.people(world, make_password(None))
    yield accounts.Grant, web_inventory.grants(world)
    yield registry.StoredFile, web_inventory.files(world)
    yield registry.Service, web_inventory.services(world)
    yield registry.Dataset, web_inventory.datasets(world)
    yield registry.Version, web_inventory.versions(world)
    yield registry.Version.datasets.through, web_inventory.version_datasets(world)
    yield registry.Deployment, web_inventory.deployments(world)
    yield Incident, web_governance.incidents(world)
    yield Statement, web_governance.statements(world)


def _runs(world: World) -> Iterator[Rows]:
    from shield.records import models as records

    yield records.Run, web_runs.runs(world)
    yield records.Run.datasets.through, web_runs.run_datasets(world)
    yield records.RunLog, web_runs.run_log(world)


def _many(world: World) -> Iterator[Lines]:
    from shield.audit.models import Event, Seal
    from shield.findings import models as findings
    from shield.notify.models import Notification
    from shield.records import models as records

    yield records.CheckRecord, web_runs.CHECK_COLUMNS, web_runs.check_lines(world)
    yield records.MeasurementRecord, web_runs.MEASURED_COLUMNS, web_runs.measurement_lines(world)
    yield findings.Finding, web_findings.FINDING_COLUMNS, web_findings.finding_lines(world)
    yield findings.TimelineEntry, web_findings.TIMELINE_COLUMNS, web_findings.timeline_lines(world)
    yield findings.Clock, web_findings.CLOCK_COLUMNS, web_findings.clock_lines(world)
    yield findings.Acceptance, web_findings.ACCEPTANCE_COLUMNS, web_findings.acceptance_lines(world)
    yield findings.FalsePositive, web_findings.CLAIM_COLUMNS, web_findings.claim_lines(world)
    yield Event, web_trail.EVENT_COLUMNS, web_trail.event_lines(world)
    yield Seal, web_trail.SEAL_COLUMNS, web_trail.seal_lines(world)
    yield Notification, web_trail.MESSAGE_COLUMNS, web_trail.message_lines(world)


def _derive(say: Say) -> None:
    """What the product keeps about its own rows."""
    from shield.frameworks.refresh import coverage_refresh
    from shield.risk.figures import figures_refresh
    from shield.risk.standing import standings_refresh_all

    _timed(say, "standings", standings_refresh_all)
    _timed(say, "figures of the days", figures_refresh)
    _timed(say, "coverage", lambda: coverage_refresh(most=1_000_000))


def _vacuum(say: Say) -> None:
    with connection.cursor() as cursor:
        _timed(say, "vacuum", lambda: cursor.execute("VACUUM (ANALYZE)"))


def _timed(say: Say, name: str, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    say(f"  {name:28}{time.perf_counter() - start:7.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description="Fill an empty PostgreSQL for the web benchmark.")
    parser.add_argument("--services", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    django.setup()
    start = time.perf_counter()
    fill(World(options.services, options.seed))
    print(f"  {'all':28}{time.perf_counter() - start:7.1f} s")


if __name__ == "__main__":
    main()

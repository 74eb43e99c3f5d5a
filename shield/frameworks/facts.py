"""Reading the facts that coverage is computed from: for any number of services in six queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Max, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from shield.evidence.outcome import Outcome
from shield.frameworks.coverage import CheckFact, Facts, StatementFact
from shield.frameworks.models import Statement
from shield.records.choices import OutcomeChoice, RunKind, RunState
from shield.records.models import CheckRecord
from shield.records.provenance import runs_under_another_manifest
from shield.registry.models import Service, Version

LOOK_BACK: Final = timedelta(days=730)
"""Older values are not looked for: every requirement asks for younger ones."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one service: by check, and by (framework, requirement)."""

    service: Service
    checks: dict[str, CheckFact]
    statements: dict[str, dict[str, list[StatementFact]]]

    def of(self, framework: str) -> Facts:
        """The facts that concern one framework."""
        return Facts(self.checks, self.statements.get(framework, {}))


def known_of(services: Iterable[Service]) -> list[Known]:
    """The facts of each service, in the order given."""
    services = list(services)
    checks = _checks([service.pk for service in services])
    statements = _statements(services)
    return [
        Known(service, checks.get(service.pk, {}), statements.get(service.pk, {}))
        for service in services
    ]


def _checks(ids: Collection[int]) -> dict[int, dict[str, CheckFact]]:
    """The last value of each check of each service, in finished assessments of our own: of the newest
    version that has one, because an older version that is run again says nothing of it."""
    newest = _newest_versions(ids)
    tables = _tables(newest.values())
    latest = (
        CheckRecord.objects.filter(
            run__service__in=ids,
            run__state=RunState.FINISHED,
            run__kind=RunKind.ASSESSED,
            run__finished_at__gte=timezone.now() - LOOK_BACK,
        )
        .exclude(finished_at=None)
        .exclude(outcome__in=[OutcomeChoice.SKIPPED, OutcomeChoice.ERROR])
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F("run__service"), F("check_id")],
                order_by=[
                    F("run__version").desc(),
                    F("run__finished_at").desc(),
                    F("run__queued_at").desc(),
                ],
            )
        )
        .filter(place=1)
    )
    found: dict[int, dict[str, CheckFact]] = defaultdict(dict)
    rows: list[Any] = list(latest.order_by("check_id").values(
        "check_id", "title", "outcome", "run_id", "run__service_id", "run__version_id",
        "run__version__label", "run__finished_at", "run__reproducibility__data_sha256",
    ))  # fmt: skip
    other_manifest = runs_under_another_manifest({row["run_id"] for row in rows})
    for row in rows:
        fact = _fact(row, newest, tables)
        if row["run_id"] in other_manifest:
            fact = replace(fact, current=False)
        found[row["run__service_id"]][row["check_id"]] = fact
    return found


def _fact(row: Mapping[str, Any], newest: dict[int, int], tables: dict[int, Any]) -> CheckFact:
    """Current means: of the newest version, on the tables that this version has now; whoever asks also
    looks at the manifest."""
    version = row["run__version_id"]
    measured_on = row["run__reproducibility__data_sha256"]
    return CheckFact(
        check=row["check_id"],
        title=row["title"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        at=row["run__finished_at"],
        run=str(row["run_id"]),
        version=row["run__version__label"],
        current=newest.get(row["run__service_id"]) == version
        and (not measured_on or measured_on == tables.get(version, {})),
    )


def _newest_versions(ids: Collection[int]) -> dict[int, int]:
    rows = Version.objects.filter(service__in=ids).order_by().values("service_id")
    return {row["service_id"]: row["newest"] for row in rows.annotate(newest=Max("pk"))}


def _tables(versions: Iterable[int]) -> dict[int, dict[str, str]]:
    """Version → role → digest of its tables now."""
    links = Version.datasets.through.objects.filter(version__in=list(versions))
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for version, role, sha256 in links.values_list(
        "version_id", "dataset__role", "dataset__sha256"
    ):
        found[version][role] = sha256
    return found


def _statements(
    services: Collection[Service],
) -> dict[int, dict[str, dict[str, list[StatementFact]]]]:
    """Service → framework → requirement → statements that speak of it."""
    own = Q(service__in=[service.pk for service in services])
    wide = Q(service=None) & (Q(unit=None) | Q(unit__in={service.unit_id for service in services}))
    rows = list(Statement.objects.filter(own | wide, withdrawn_at=None, replaced_at=None))
    found: dict[int, dict[str, dict[str, list[StatementFact]]]] = {}
    for service in services:
        by_framework: dict[str, dict[str, list[StatementFact]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for row in rows:
            wide_enough = row.service_id is None and row.unit_id in (None, service.unit_id)
            if row.service_id == service.pk or wide_enough:
                by_framework[row.framework][row.requirement].append(_statement(row))
        found[service.pk] = by_framework
    return found


def _statement(row: Statement) -> StatementFact:
    return StatementFact(
        id=row.pk,
        requirement=row.requirement,
        scope=row.scope.value,
        text=row.text,
        signer=row.signer_name,
        role=row.signer_role,
        signed_at=row.signed_at,
        expires_at=row.expires_at,
    )

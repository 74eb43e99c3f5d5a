"""The standing of a service is what one would count by hand, after whatever was done to it."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.evidence.outcome import Severity
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.records.choices import RunState, SeverityChoice
from shield.records.models import Run
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.models import Service
from shield.risk.models import Standing
from shield.risk.standing import standings_complete, standings_refresh
from tests import factories
from tests import sample_measurements as sample

FAIRNESS = [item for item in sample.loan_measurements() if item.check.startswith("fairness")]
PERFORMANCE = [item for item in sample.loan_measurements() if item.check.startswith("performance")]


def counted(service: Service) -> dict[str, object]:
    """The standing, counted row by row in Python."""
    active = list(service.findings.filter(state__in=FindingState.active()))
    finished = sorted(
        service.runs.filter(state=RunState.FINISHED),
        key=lambda run: (run.version_id, run.finished_at, run.queued_at, run.pk),
        reverse=True,
    )
    newest = max(service.versions.all(), key=lambda version: version.pk, default=None)
    severities = Counter(finding.severity for finding in active)
    last = finished[0] if finished else None
    return {
        "last_run_id": last.pk if last else None,
        "last_outcome": last.outcome if last else None,
        "last_finished_at": last.finished_at if last else None,
        "coverage": {**last.coverage, "left_out": 0} if last else {},
        "newest_version_id": newest.pk if newest else None,
        "newest_assessed": any(run.version_id == newest.pk for run in finished)
        if newest
        else False,
        "pillars": pillars(finished),
        **{severity: severities[severity] for severity in SeverityChoice.values},
        "active": len(active),
        "accepted": service.findings.filter(state=FindingState.ACCEPTED).count(),
        "next_due_at": min((finding.due_at for finding in active), default=None),
    }


def pillars(finished: list[Run]) -> dict[str, object]:
    found: dict[str, object] = {}
    for run in finished:
        for pillar, outcome in run.pillars.items():
            outcomes = [check.outcome for check in run.checks.all() if check.pillar == pillar]
            measured = [item for item in outcomes if item not in ("skipped", "error")]
            found.setdefault(
                pillar,
                {"outcome": outcome, "planned": len(outcomes), "measured": len(measured),
                 "run": str(run.pk), "version": run.version.label,
                 "at": run.finished_at.isoformat()},
            )  # fmt: skip
    return found


def held(service: Service) -> dict[str, object]:
    row = Standing.objects.get(service=service)
    for facts in row.pillars.values():  # until when each holds has tests of its own
        del facts["superseded"], facts["fresh_until"]
    return {name: getattr(row, name) for name in counted(service)}


def act(world: random.Random, service: Service) -> None:
    """Something happens to the service, as the product does it."""
    chosen = world.choice(["version", "run", "good run", "old run", "failed run", "finding"])
    versions = list(service.versions.order_by("pk"))
    if chosen == "version" or not versions:
        factories.version(service, f"v{len(versions)}")
    elif chosen == "failed run":
        factories.run(world.choice(versions), state=RunState.FAILED)
    elif chosen == "finding":
        decide(world, service)
    else:
        found = world.choice([FAIRNESS, PERFORMANCE, FAIRNESS + PERFORMANCE])
        if chosen == "good run":
            found = [
                factories.passing(item) if item.threshold and item.interval else item
                for item in found
            ]
        run = factories.run(world.choice(versions), found)
        if chosen == "old run":
            Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=9))
        findings_update(run=run)


def decide(world: random.Random, service: Service) -> None:
    finding = service.findings.order_by("pk").first()
    if finding is None:
        return
    finding.state = world.choice([FindingState.ACCEPTED, FindingState.IN_PROGRESS])
    finding.severity = world.choice([Severity.LOW, Severity.CRITICAL]).value
    finding.due_at = timezone.now() + timedelta(days=world.randint(-5, 5))
    finding.save()
    SERVICE_CHANGED.tell([service.pk])


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_the_standing_is_what_one_counts_by_hand_after_any_sequence_of_acts(seed: int) -> None:
    world = random.Random(seed)
    services = [factories.service(f"service-{number}") for number in range(2)]
    for _ in range(12):
        act(world, world.choice(services))
        for service in services:
            assert held(service) == counted(service)


@pytest.mark.django_db
def test_any_number_of_services_takes_as_many_queries_as_one() -> None:
    services = [factories.run(factories.version(factories.service(f"s-{n}"))).service_id
                for n in range(5)]  # fmt: skip
    with CaptureQueriesContext(connection) as one:
        standings_refresh(services[:1])
    with CaptureQueriesContext(connection) as five:
        standings_refresh(services)
    assert len(five) == len(one) <= 17


@pytest.mark.django_db
def test_services_older_than_the_table_get_their_rows() -> None:
    service = factories.run().service
    Standing.objects.all().delete()
    assert standings_complete() == 1
    assert held(service) == counted(service)
    assert standings_complete() == 0


@pytest.mark.django_db
def test_the_command_recomputes_every_standing() -> None:
    service = factories.run().service
    Standing.objects.update(active=99, last_outcome=None)
    call_command("standings_refresh", stdout=(said := StringIO()))
    assert held(service) == counted(service)
    assert "1 services" in said.getvalue()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_acts_on_one_service_at_once_neither_lose_a_figure_nor_block_each_other() -> None:
    """Each holds a finding of its own, refreshes, and then wants the other's: a circle, if it waited."""
    run = factories.run()
    findings_update(run=run)
    first, second = (item.pk for item in Finding.objects.order_by("pk")[:2])
    both_refreshed, errors = Barrier(2, timeout=20), []

    def change(finding: int) -> None:
        try:
            with transaction.atomic():
                Finding.objects.filter(pk=finding).update(state=FindingState.ACCEPTED)
                SERVICE_CHANGED.tell([run.service_id])
                both_refreshed.wait()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=change, args=(finding,)) for finding in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    assert held(run.service) == counted(run.service)
    assert held(run.service)["accepted"] == 2

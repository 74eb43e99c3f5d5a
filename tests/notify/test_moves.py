"""Messages about a service that moves to another business unit."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import BusinessUnit, Grant, User
from shield.notify.models import Notification
from shield.notify.selectors import notifications_of
from shield.records.models import Run
from shield.registry.models import Service
from shield.registry.moves import service_move
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def retail() -> BusinessUnit:
    return factories.unit("retail")


@pytest.fixture
def payments() -> BusinessUnit:
    return factories.unit("payments")


def message(to: User, kind: str, key: object, unit: BusinessUnit) -> Notification:
    return Notification.objects.create(
        user=to, kind="activity", act="finding.comment", group="x", shown=True, object_type=kind,
        object_id=str(key), object_text="x", url="/", unit=unit.pk, actor="x", at=timezone.now(),
    )  # fmt: skip


def move(service: Service, to: BusinessUnit) -> None:
    administrator = factories.user(role=Role.ADMINISTRATOR)
    service_move(actor=administrator, service=service, unit=to, reason="Reorganised")


def everything(of: Run, to: User) -> list[Notification]:
    service = of.service
    things = [
        ("service", service.pk), ("run", of.pk), ("version", of.version_id),
        ("finding", factories.finding(of).pk),
    ]  # fmt: skip
    return [message(to, kind, key, service.unit) for kind, key in things]


def test_messages_are_seen_by_whoever_sees_the_service_after_its_move(
    retail: BusinessUnit, payments: BusinessUnit
) -> None:
    run = factories.run(factories.version(factories.service(unit=retail)))
    stays = factories.user("stays", unit=retail)
    goes = factories.user("goes", unit=retail)
    for person in (stays, goes):
        everything(run, person)
    Grant.objects.filter(user=goes).update(unit=payments)
    move(run.service, payments)
    assert notifications_of(User.objects.get(pk=stays.pk)).count() == 0
    assert notifications_of(User.objects.get(pk=goes.pk)).count() == 4


def test_messages_about_other_services_and_in_other_units_stay(
    retail: BusinessUnit, payments: BusinessUnit
) -> None:
    service = factories.service(unit=retail)
    other = factories.run(factories.version(factories.service("other", unit=retail)))
    reader = factories.user(unit=retail)
    kept = everything(other, reader)
    kept.append(message(reader, "finding", 10**9, retail))  # gone
    kept.append(message(reader, "user", reader.pk, retail))
    move(service, payments)
    rows = Notification.objects.filter(pk__in=[each.pk for each in kept])
    assert set(rows.values_list("unit", flat=True)) == {retail.pk}


def test_many_messages_cost_as_many_queries_as_few(
    retail: BusinessUnit, payments: BusinessUnit
) -> None:
    reader = factories.user(unit=retail)

    def cost(slug: str, findings: int) -> int:
        run = factories.run(factories.version(factories.service(slug, unit=retail)))
        for _ in range(findings):
            message(reader, "finding", factories.finding(run).pk, retail)
        administrator = factories.user(role=Role.ADMINISTRATOR)
        with CaptureQueriesContext(connection) as captured:
            service_move(actor=administrator, service=run.service, unit=payments, reason="x")
        return len(captured)

    assert cost("few", 1) == cost("many", 9)

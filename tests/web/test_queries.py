"""The number of queries of a page does not grow with what it lists."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shield.findings.services import findings_update
from shield.records.choices import RunState
from shield.records.models import RunLog
from tests import factories
from tests.support.handing_in import handed_in
from tests.support.pages import World, pages

MOST = {
    "home": 27,
    "service-list": 10,
    "service-detail": 26,
    "run-list": 9,
    "run-detail": 15,
    "run-detail running": 15,
    "submission-list": 10,
    "submission-detail real": 8,
    "submission-detail dry": 8,
    "run-check": 10,
    "run-compare chosen": 9,
    "finding-list": 14,
    "finding-list filtered": 14,
    "acceptance-list": 13,
    "incident-list": 10,
    "statement-list": 10,
    "finding-detail": 14,
    "dataset-detail": 8,
    "risk-list": 16,
    "risk-service": 14,
    "risk-unit": 14,
    "policy-change-list": 9,
    "audit-list of findings": 24,  # one query more for each other kind of object on the page
    "retention": 12,
    "notification-list": 10,
    "notification-preferences": 10,
    "webhook-list": 9,
    "webhook-detail": 12,
    "webhook-delivery": 9,
    "audit-detail": 12,
    "audit-integrity": 14,
}


def queries(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def more_of_everything(scene: World) -> None:
    for number in range(4):
        service = factories.service(f"more-{number}")
        version = factories.version(service)
        findings_update(run=factories.run(version))
        factories.run(version, state=RunState.RUNNING)
        factories.deployment(version)
        handed_in(scene.user, scene.run, f"more {number}")
        findings_update(run=factories.run(factories.version(scene.service, f"9.{number}")))
        RunLog.objects.create(run=scene.running, level="info", message="more")


@pytest.mark.parametrize("name", MOST)
def test_a_page_needs_as_many_queries_for_many_rows_as_for_few(
    signed_in: Client, scene: World, name: str
) -> None:
    url = pages(scene)[name]
    signed_in.get(url)  # what is cached once per process is not counted
    few = queries(signed_in, url)
    more_of_everything(scene)
    many = queries(signed_in, url)
    assert len(many) == len(few), "\n".join(sorted(many))
    assert len(many) <= MOST[name], "\n".join(many)


def test_live_progress_polls_cheaply(signed_in: Client, scene: World) -> None:
    assert len(queries(signed_in, f"/runs/{scene.running.pk}/live/")) <= 10

"""The number of queries of a page does not grow with what it lists."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import Grant
from shield.findings.services import finding_comment, findings_update
from shield.notify.models import Attempt, Delivery, Notification
from shield.records.choices import RunState
from shield.records.models import RunLog
from tests import factories
from tests.permissions.objects import objects_of, side
from tests.support.account_pages import account_pages
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
    "policy-list": 14,  # two for each of the four tiers
    "policy-change-list": 9,
    "framework-services": 13,
    "governance 3": 11,  # a framework of a service
    "in-production": 9,
    "orphans": 38,  # a part for each kind of thing, and who could take it
    "people": 10,
    "units": 6,
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
SAME_ROWS = {
    "run-detail", "submission-detail real", "submission-detail dry", "run-check",
    "run-compare chosen", "audit-detail",  # what was measured or recorded is all there is
    "governance 3", "retention", "notification-preferences", "audit-integrity",  # a fixed table
    "webhook-delivery",  # its attempts are no rows of a table; more of them were added
}  # fmt: skip
"""Pages of one thing, or of a fixed number of them."""
KINDS = ("incident", "statement", "acceptance", "false-positive", "policy-change",
         "policy-exception", "webhook", "assessment", "coverage", "audit", "appetite",
         "tiering")  # fmt: skip
ROWS = ("<tr", "<li class=", "<details")
OF_A_SERVICE = ("statement", "policy-exception", "appetite", "tiering")


@dataclass(frozen=True)
class Measured:
    """One answer: its queries, and how many rows stand in it."""

    sql: list[str]
    rows: int


def measured(client: Client, url: str) -> Measured:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, url
    table = (response.context or {}).get("table")
    html = response.content.decode()
    shown = table.paginator.count if table else sum(html.count(row) for row in ROWS)
    return Measured([query["sql"] for query in captured.captured_queries], shown)


def more_of_everything(scene: World) -> None:
    for number in range(4):
        of = side(f"more-{number}")
        for kind in KINDS:
            objects_of(kind)(of)
        here = replace(of, unit=scene.service.unit, service=scene.service)
        for kind in OF_A_SERVICE:
            objects_of(kind)(here)
        factories.service(f"near-{number}")
        handed_in(scene.user, scene.run, f"more {number}")
        findings_update(run=factories.run(factories.version(scene.service, f"9.{number}")))
        factories.run(scene.run.version, state=RunState.RUNNING)
        RunLog.objects.create(run=scene.running, level="info", message="more")
        finding_comment(finding=scene.finding, text="more", actor=scene.user)
        more_messages(scene, number)


def more_messages(scene: World, number: int) -> None:
    now = timezone.now()
    Notification.objects.create(
        user=scene.user, kind="activity", act="finding.comment", group=f"more-{number}",
        shown=True, object_type="finding", object_id=scene.finding.pk, object_text="more",
        url="/", unit=scene.finding.unit_id, actor="x", at=now,
    )  # fmt: skip
    endpoint = scene.delivery.endpoint
    Delivery.objects.create(channel="webhook", endpoint=endpoint, act="ping", due_at=now)
    Attempt.objects.create(delivery=scene.delivery, duration_ms=9, error="more")


def test_a_page_needs_as_many_queries_for_many_rows_as_for_few(
    signed_in: Client, scene: World
) -> None:
    for role in (Role.RISK_OFFICER, Role.APPROVER):
        Grant.objects.create(user=scene.user, role=role)
    found = pages(scene) | account_pages(scene.user)
    addresses = {name: found[name] for name in MOST}
    for url in addresses.values():
        signed_in.get(url)  # what is cached once per process is not counted
    few = {name: measured(signed_in, url) for name, url in addresses.items()}
    more_of_everything(scene)
    many = {name: measured(signed_in, url) for name, url in addresses.items()}
    wrong = {}
    for name, most in MOST.items():
        if len(many[name].sql) != len(few[name].sql):
            new = sorted(set(many[name].sql) - set(few[name].sql))
            wrong[name] = [f"{len(few[name].sql)} became {len(many[name].sql)}", *new]
        elif len(many[name].sql) > most:
            wrong[name] = [f"{len(many[name].sql)} are more than {most}", *many[name].sql]
    assert not wrong, "\n".join(f"{name}: " + "\n  ".join(said) for name, said in wrong.items())
    kept = {name for name in MOST if many[name].rows <= few[name].rows}
    assert kept == SAME_ROWS


def test_live_progress_polls_cheaply(signed_in: Client, scene: World) -> None:
    assert len(measured(signed_in, f"/runs/{scene.running.pk}/live/").sql) <= 10

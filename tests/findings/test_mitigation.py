"""The day of a promised repair: who sees that it is over, and who is told."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.findings import services
from shield.findings.choices import TimelineAct
from shield.findings.models import Acceptance, Finding
from shield.findings.proposals import Terms
from shield.findings.tasks import acceptances_watch
from shield.notify.rules import RULES
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return factories.user("olga", role=Role.RISK_OFFICER)


def _accepted(officer, run, *, days: int | None, approver=None) -> Acceptance:
    now = timezone.now()
    terms = Terms(
        "mitigate" if days else "accept", "mitigation_planned", "A repair is planned.",
        now + timedelta(days=90), mitigate_by=(now + timedelta(days=days)).date() if days else None,
    )  # fmt: skip
    made = services.acceptance_propose(finding=factories.finding(run), terms=terms, actor=officer)
    approver = factories.user(role=Role.APPROVER)
    return services.acceptance_approve(acceptance=made, note="Yes.", actor=approver)


@pytest.fixture
def rows(officer) -> tuple[Acceptance, ...]:
    """A repair due in ten days, one in twenty, and a risk that nobody repairs."""
    run = factories.run()
    return tuple(_accepted(officer, run, days=days) for days in (10, 20, None))


@pytest.fixture
def later(rows):
    """Eleven days on: the first repair is overdue."""
    at = timezone.now() + timedelta(days=11)
    with mock.patch("django.utils.timezone.now", return_value=at):
        yield at


def test_its_end_is_told_once_and_the_acceptance_holds(rows, later) -> None:
    first, *_others = rows
    assert services.mitigations_notice(at=later - timedelta(days=1)) == 0  # the day itself counts
    acceptances_watch()
    acceptances_watch()
    event = Event.objects.get(act="acceptance.mitigation_due")
    assert event.object_id == str(first.finding_id)
    assert event.after["decision"] == first.label
    assert event.after["mitigate_by"] == first.mitigate_by.isoformat()
    assert first.finding.timeline.filter(act=TimelineAct.MITIGATION_DUE).count() == 1
    first.refresh_from_db()
    assert first.covers_now
    assert event.act in RULES  # somebody is told


def test_a_repair_that_a_run_proved_is_not_overdue(rows, later) -> None:
    Acceptance.objects.filter(pk=rows[0].pk).update(status="withdrawn", ended_because="resolved")
    assert services.mitigations_notice() == 0
    assert not Acceptance.objects.get(pk=rows[0].pk).mitigation_overdue


def test_page_and_api_narrow_to_overdue_repairs(rows, later, officer) -> None:
    client = Client()
    client.force_login(officer)
    page = client.get("/acceptances/?mitigation=overdue")
    assert [row.record.pk for row in page.context["table"].page] == [rows[0].pk]
    assert "Repair was due" in page.content.decode()
    assert "Repair by" in client.get("/acceptances/").content.decode()
    assert "overdue" in client.get(rows[0].get_absolute_url()).content.decode()

    def listed(value: str) -> set[int]:
        url = f"/api/v1/acceptances/?mitigation_overdue={value}"
        return {row["id"] for row in client.get(url).json()["results"]}

    assert (listed("true"), listed("false")) == ({rows[0].pk}, {rows[1].pk, rows[2].pk})


def test_the_findings_know_nothing_of_it(rows, later) -> None:
    services.mitigations_notice()
    assert set(Finding.objects.values_list("state", flat=True)) == {"accepted"}

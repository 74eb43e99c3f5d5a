"""What belongs together is one message, for everybody at once, in a bounded number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.models import User
from shield.audit.services import Draft, record_all
from shield.findings.models import Finding
from shield.notify.deliveries import deliver
from shield.notify.models import Delivery, Notification, Preference
from shield.notify.reading import read
from shield.notify.wording import title
from tests import factories
from tests.notify.support import happened

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira() -> User:
    return factories.user("mira")


@pytest.fixture
def finding(mira: User) -> Finding:
    return factories.finding(severity="critical")


def opened(
    finding: Finding, times: int, *, actor: str = "run 7", act: str = "finding.opened"
) -> None:
    record_all(
        drafts=[
            Draft(actor, act, "finding", finding.pk, str(finding),
                  after={"severity": "critical"}, unit=finding.unit_id)
            for _ in range(times)
        ]
    )  # fmt: skip


def test_a_run_with_500_new_findings_is_one_message_with_a_count_and_a_list(
    finding: Finding,
) -> None:
    opened(finding, 500)
    read()
    row = Notification.objects.get()
    assert row.count == 500
    assert title(row) == f"500 new findings: {finding.service.name}"
    assert row.url == f"/findings/?service={finding.service.slug}&severity=critical"
    assert Delivery.objects.count() == 1


def test_one_new_finding_leads_to_itself(finding: Finding) -> None:
    opened(finding, 1)
    read()
    row = Notification.objects.get()
    assert row.url == finding.get_absolute_url()
    assert title(row) == f"New finding: {finding}"


def test_two_runs_and_two_services_are_two_messages(finding: Finding) -> None:
    other = factories.finding(factories.run(factories.version(factories.service("other"))))
    opened(finding, 2, actor="run 7")
    opened(finding, 2, actor="run 8")
    opened(other, 2, actor="run 8")
    read()
    assert sorted(Notification.objects.values_list("count", flat=True)) == [2, 2, 2]


def test_further_events_on_the_same_object_add_to_the_unread_message_within_the_window(
    finding: Finding,
) -> None:
    factories.user("nils", role=None)
    for _ in range(3):
        happened("finding.regressed", finding, actor="nils", after={"severity": "high"})
        read()
    row = Notification.objects.get()
    assert row.count == 3
    assert title(row) == f"3 changes: {finding}"
    assert Delivery.objects.count() == 1


def test_after_the_window_or_once_it_was_read_there_is_a_new_message(finding: Finding) -> None:
    happened("finding.regressed", finding)
    read()
    Notification.objects.update(read_at=timezone.now())
    happened("finding.regressed", finding)
    read()
    assert Notification.objects.count() == 2
    Notification.objects.update(created_at=timezone.now() - timedelta(hours=2), read_at=None)
    happened("finding.regressed", finding)
    read()
    assert Notification.objects.count() == 3


def test_a_message_that_turns_critical_stays_so(finding: Finding) -> None:
    for severity in ("high", "critical", "high"):
        happened("finding.regressed", finding, after={"severity": severity})
    read()
    assert Notification.objects.get().critical


def overdue(finding: Finding, severity: str) -> None:
    mira = User.objects.get(username="mira")
    Finding.objects.filter(pk=finding.pk).update(assignee=mira)
    happened("finding.overdue", finding, actor="system", after={"severity": severity})
    read()


def test_what_turns_critical_is_mailed_although_its_message_was_mailed_before(
    finding: Finding, mira: User
) -> None:
    overdue(finding, "low")
    deliver(channel="email", queue="all")
    overdue(finding, "critical")
    overdue(finding, "critical")
    deliver(channel="email", queue="all")
    assert Notification.objects.get(user=mira).count == 3
    assert len(mail.outbox) == 2
    assert "Critical" in mail.outbox[1].alternatives[0].content


def test_what_turns_critical_does_not_wait_for_the_digest(finding: Finding, mira: User) -> None:
    Preference.objects.create(user=mira, email_rhythm="digest")
    overdue(finding, "low")
    assert deliver(channel="email", queue="all") == 0
    overdue(finding, "critical")
    assert deliver(channel="email", queue="all") == 1
    assert Delivery.objects.count() == 1


def test_what_turns_critical_while_its_mail_is_being_sent_is_mailed_again(
    finding: Finding, mira: User
) -> None:
    overdue(finding, "low")
    Delivery.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    overdue(finding, "critical")
    assert Delivery.objects.filter(lease_until=None).count() == 1


def test_who_lets_critical_mail_wait_gets_it_with_the_digest(finding: Finding, mira: User) -> None:
    Preference.objects.create(user=mira, email_rhythm="digest", critical_passes=False)
    overdue(finding, "low")
    overdue(finding, "critical")
    assert deliver(channel="email", queue="all") == 0
    assert Delivery.objects.get().bundled


def test_queries_do_not_grow_with_events_findings_or_people(finding: Finding) -> None:
    def queries(events: int) -> int:
        opened(finding, events, actor=f"run {events}")
        happened("finding.comment", finding, after={"comment": "x"})
        with CaptureQueriesContext(connection) as captured:
            read()
        return len(captured)

    queries(1)
    few = queries(2)
    for number in range(30):
        factories.user(f"more-{number}")
    factories.finding(finding.first_run)
    assert queries(300) <= few + 1
    assert few <= 30


def test_nothing_of_the_free_text_of_an_event_is_copied_into_a_message(finding: Finding) -> None:
    happened("finding.regressed", finding, after={"severity": "high", "comment": "s3cret"},
             reason="s3cret")  # fmt: skip
    read()
    assert "s3cret" not in str(Notification.objects.values()[0])

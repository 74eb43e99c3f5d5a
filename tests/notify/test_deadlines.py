"""Deadlines are announced once each: before, on the day, after downtime, whatever the clock does."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.incidents.models import Incident
from shield.incidents.services import incident_report
from shield.notify import operations
from shield.notify.deadlines import announce
from shield.notify.models import Reminder
from shield.risk.models import Standing
from tests import factories

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ACTS = ("finding.due_soon", "finding.overdue", "evidence.stale", "evidence.stale_soon")


def said() -> Counter[str]:
    """Acts that were announced, with how often."""
    return Counter(Event.objects.filter(act__in=ACTS).values_list("act", flat=True))


@pytest.fixture
def due() -> datetime:
    return timezone.now() + 30 * DAY


@pytest.fixture
def finding(due: datetime) -> Finding:
    found = factories.finding(due_at=due, opened_at=due - 30 * DAY)
    Standing.objects.all().delete()
    return found


def test_a_due_date_is_announced_a_week_and_a_day_before_and_when_it_is_missed(
    finding: Finding, due: datetime
) -> None:
    for before, expected in (
        (8 * DAY, {}),
        (7 * DAY, {"finding.due_soon": 1}),
        (3 * DAY, {"finding.due_soon": 1}),
        (DAY, {"finding.due_soon": 2}),
        (0 * DAY, {"finding.due_soon": 2, "finding.overdue": 1}),
        (-5 * DAY, {"finding.due_soon": 2, "finding.overdue": 1}),
    ):
        announce(due - before)
        announce(due - before)  # a second beat at the same moment
        assert said() == expected, before


def test_an_event_says_what_is_due_and_in_which_unit(finding: Finding, due: datetime) -> None:
    announce(due - 7 * DAY)
    event = Event.objects.get(act="finding.due_soon")
    assert event.after == {
        "due_at": due.isoformat(), "days": 7, "severity": finding.severity, "state": "open",
    }  # fmt: skip
    assert (event.object_type, event.object_id) == ("finding", str(finding.pk))
    assert event.unit == finding.unit_id


def test_after_downtime_people_hear_how_it_is_now_and_not_each_step(
    finding: Finding, due: datetime
) -> None:
    announce(due + DAY)
    assert said() == {"finding.overdue": 1}


def test_a_clock_that_is_set_back_and_forth_announces_nothing_twice(
    finding: Finding, due: datetime
) -> None:
    for shift in (7, 20, 7, 1, 7, -1, 1, 7, -1):
        announce(due - shift * DAY)
    assert said() == {"finding.due_soon": 2, "finding.overdue": 1}


def test_what_was_missed_long_ago_is_no_news(finding: Finding, due: datetime) -> None:
    announce(due + 31 * DAY)
    assert said() == {}


def test_a_due_date_that_moves_is_a_new_one(finding: Finding, due: datetime) -> None:
    announce(due - 7 * DAY)
    Finding.objects.update(due_at=due + 10 * DAY)
    announce(due - 7 * DAY)
    assert said() == {"finding.due_soon": 1}
    announce(due + 3 * DAY)
    assert said() == {"finding.due_soon": 2}


@pytest.mark.parametrize("state", [FindingState.CLOSED, FindingState.ACCEPTED])
def test_what_asks_for_no_work_is_not_announced(
    finding: Finding, due: datetime, state: str
) -> None:
    Finding.objects.update(state=state)
    announce(due)
    assert said() == {}


def test_a_week_to_repair_something_critical_is_not_announced_as_it_begins() -> None:
    now = timezone.now()
    factories.finding(severity="critical", opened_at=now, due_at=now + 7 * DAY)
    Standing.objects.all().delete()
    announce(now + timedelta(minutes=1))
    assert said() == {}
    announce(now + 6 * DAY)
    assert said() == {"finding.due_soon": 1}


def test_the_date_for_an_authority_is_announced_until_somebody_settles_it() -> None:
    manager = factories.user("olga", role=Role.RISK_OFFICER)
    now = timezone.now()
    incident = incident_report(
        service=factories.service(), title="Wrong rejections", what_happened="Rejected.",
        severity="high", noticed_at=now - DAY, actor=manager, harm="rights",
    )  # fmt: skip
    due = incident.notify_by
    acts = Event.objects.filter(act__startswith="incident.notify").order_by("pk")
    for before, said_so in ((4, 0), (3, 1), (2, 1), (1, 2), (-1, 3)):
        announce(due - before * DAY)
        assert acts.count() == said_so, before
    assert [event.act.partition(".")[2] for event in acts] == [
        "notify_soon", "notify_soon", "notify_overdue",
    ]  # fmt: skip
    Incident.objects.update(notification="done", notified_at=now)
    Reminder.objects.all().delete()
    announce(due)
    assert acts.count() == 3


def test_two_days_to_notify_are_not_announced_as_they_begin() -> None:
    now = timezone.now()
    incident_report(
        service=factories.service(), title="Outage", what_happened="Down.", severity="critical",
        noticed_at=now, actor=factories.user(role=Role.RISK_OFFICER), harm="infrastructure",
    )  # fmt: skip
    acts = Event.objects.filter(act__startswith="incident.notify")
    announce(now + timedelta(minutes=1))
    assert not acts.exists()
    announce(now + DAY + timedelta(minutes=1))
    assert acts.get().act == "incident.notify_soon"


def test_evidence_is_announced_before_and_when_it_goes_stale() -> None:
    service = factories.service()
    until = timezone.now() + 30 * DAY
    Standing.objects.update_or_create(
        service=service, defaults={"fresh_until": until, "newest_assessed": True}
    )
    for at in (until - 8 * DAY, until - 7 * DAY, until - DAY, until, until + DAY):
        announce(at)
    assert said() == {"evidence.stale_soon": 1, "evidence.stale": 1}


def test_queries_do_not_grow_with_what_is_due(finding: Finding, due: datetime) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            announce(due - 7 * DAY)
        return len(captured)

    one = queries()
    for _ in range(20):
        factories.finding(finding.first_run, due_at=due, opened_at=due - 30 * DAY)
    assert queries() <= one + 1
    assert said() == {"finding.due_soon": 21}


def test_a_crash_between_reminder_and_event_leaves_neither(
    finding: Finding, due: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shield.notify import deadlines

    def killed(**_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(deadlines, "record_all", killed)
        announce(due)
    assert not Reminder.objects.exists()
    announce(due)
    assert said() == {"finding.overdue": 1}


def test_what_stands_still_is_said_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "LOOKS", (lambda now: iter([("sealing", "Not sealed.")]),))
    now = timezone.now().replace(hour=10)
    assert operations.watch(now) == ["sealing"]
    assert operations.watch(now + timedelta(hours=1)) == []
    assert operations.watch(now + DAY) == ["sealing"]
    assert Event.objects.filter(act="operations.trouble").count() == 2


def test_a_run_that_nobody_takes_is_trouble_and_one_that_waits_for_its_turn_is_not() -> None:
    run = factories.run(state="queued")
    later = timezone.now() + timedelta(hours=1)
    assert list(operations._workers(timezone.now())) == []
    assert [name for name, _ in operations._workers(later)] == ["worker"]
    factories.run(run.version, state="running")
    assert list(operations._workers(later)) == []

"""The last day that a hint names and a calendar offers is one that is taken."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from shield.accounts.choices import Role
from shield.common.errors import InvalidInput
from shield.findings import services
from shield.findings.days import end_of_day, last_day
from shield.findings.models import Acceptance
from shield.findings.proposals import Terms
from tests import factories

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limit", "day"),
    [(NOON, date(2026, 11, 19)), (datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC), NOON.date()),
     (datetime(2026, 11, 20, 23, 59, 58, tzinfo=UTC), date(2026, 11, 19))],
)  # fmt: skip
def test_a_day_fits_when_its_end_does(limit: datetime, day: date) -> None:
    assert last_day(limit) == day


@pytest.fixture
def officer():
    return factories.user("olga", role=Role.RISK_OFFICER)


def _named(error: InvalidInput) -> date:
    found = re.search(r"\d{4}-\d{2}-\d{2}", f"{error.message} {error.hint}")
    assert found
    return date.fromisoformat(found[0])


def test_the_last_day_of_an_acceptance_that_the_hint_names_is_taken(officer) -> None:
    finding = factories.finding()

    def propose(expires_at: datetime) -> Acceptance:
        terms = Terms("accept", "controls", "People look.", expires_at)
        return services.acceptance_propose(finding=finding, terms=terms, actor=officer)

    with mock.patch("django.utils.timezone.now", return_value=NOON):
        with pytest.raises(InvalidInput) as caught:
            propose(end_of_day((NOON + timedelta(days=180)).date()))
        day = _named(caught.value)
        assert propose(end_of_day(day)).expires_at == end_of_day(day)


def test_the_latest_due_date_that_the_hint_names_is_taken(officer) -> None:
    finding = factories.finding(opened_at=NOON, due_at=NOON + timedelta(days=30))

    def move(due_at: datetime) -> object:
        return services.finding_due_change(
            finding=finding, due_at=due_at, category="data", note="later", actor=officer
        )

    with mock.patch("django.utils.timezone.now", return_value=NOON):
        with pytest.raises(InvalidInput) as caught:
            move(end_of_day((NOON + timedelta(days=60)).date()))
        assert move(end_of_day(_named(caught.value)))


@pytest.mark.parametrize("route", ["finding-detail", "acceptance-propose"])
def test_calendars_offer_the_days_that_are_taken(officer, route: str) -> None:
    finding = factories.finding()
    client = Client()
    client.force_login(officer)
    html = client.get(reverse(route, args=[finding.pk])).content.decode()
    limit = finding.opened_at + timedelta(days=60)
    if route == "acceptance-propose":
        limit = datetime.now(UTC) + timedelta(days=180)
    assert f'max="{last_day(limit).isoformat()}"' in html


def test_a_date_that_has_passed_is_not_offered_to_be_moved(officer) -> None:
    now = datetime.now(UTC)
    finding = factories.finding(due_at=now - timedelta(days=1))
    client = Client()
    client.force_login(officer)
    html = client.get(finding.get_absolute_url()).content.decode()
    assert reverse("finding-due", args=[finding.pk]) not in html

"""Changing an incident over the API and by its form."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.common.api_etags import row_version
from shield.incidents.models import Incident
from shield.incidents.services import incident_report
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return factories.user("olga", role=Role.RISK_OFFICER)


@pytest.fixture
def incident(officer: User) -> Incident:
    return incident_report(
        service=factories.service(), title="Wrong rejections", what_happened="Rejected.",
        severity="high", noticed_at=timezone.now() - timedelta(hours=1), actor=officer,
        harm="rights",
    )  # fmt: skip


def form(incident: Incident, **changes: object) -> dict[str, object]:
    """What the page of the change sends when nothing but `changes` was touched."""
    minutes = "%Y-%m-%dT%H:%M"
    return {
        "title": incident.title, "what_happened": incident.what_happened, "severity": "high",
        "noticed_at": incident.noticed_at.strftime(minutes), "environment": "production",
        "harm": incident.harm, "notification": incident.notification, "reason": "Looked again",
        "notify_by": incident.notify_by.strftime(minutes) if incident.notify_by else "",
        "seen": row_version(incident),
    } | changes  # fmt: skip


def test_emptying_the_lessons_of_a_closed_incident_is_refused_in_words(
    officer: User, incident: Incident
) -> None:
    Incident.objects.update(
        state="closed", root_cause="A bug.", lessons="Test it.", notification="not_needed"
    )
    api = APIClient()
    api.force_authenticate(officer)
    body = {"lessons": "", "reason": "x"}
    answer = api.patch(f"/api/v1/incidents/{incident.pk}/", body, format="json")
    assert (answer.status_code, answer.data["code"]) == (422, "incident_unlearned")


def test_a_form_moves_the_date_with_the_harm_and_leaves_untouched_moments_alone(
    client: Client, officer: User, incident: Incident
) -> None:
    client.force_login(officer)
    incident.refresh_from_db()
    client.post(reverse("incident-change", args=[incident.pk]), form(incident, harm="death"))
    changed = Incident.objects.get()
    assert changed.noticed_at == incident.noticed_at
    assert changed.notify_by == incident.noticed_at + timedelta(days=10)
    event = Event.objects.get(act="incident.change")
    assert event.after is not None
    assert set(event.after) == {"harm", "notify_by"}


def test_a_form_keeps_the_date_that_it_sets(
    client: Client, officer: User, incident: Incident
) -> None:
    client.force_login(officer)
    incident.refresh_from_db()
    wanted = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    data = form(incident, harm="death", notify_by=wanted.strftime("%Y-%m-%dT%H:%M"))
    client.post(reverse("incident-change", args=[incident.pk]), data)
    assert Incident.objects.get().notify_by == wanted


def test_closing_after_a_serious_harm_leads_to_the_decision_about_the_authority(
    client: Client, officer: User, incident: Incident
) -> None:
    Incident.objects.update(state="contained", root_cause="A bug.", lessons="Test it.")
    client.force_login(officer)
    html = client.get(incident.get_absolute_url()).content.decode()
    assert "whether an authority must be notified" in html
    assert reverse("incident-move", args=[incident.pk, "close"]) not in html

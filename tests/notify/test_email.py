"""Mail: what it says, what nobody can break out of, when it goes, and how it is stopped."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import Grant, User
from shield.findings.models import Finding
from shield.notify.choices import DeliveryState, Kind
from shield.notify.deliveries import deliver
from shield.notify.models import Delivery, Notification, Preference
from shield.notify.reading import read
from tests import factories
from tests.notify.support import happened

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira() -> User:
    return factories.user("mira", role=Role.ENGINEER)


@pytest.fixture
def finding(mira: User) -> Finding:
    return factories.finding(severity="critical")


def tell(finding: Finding, act: str = "finding.opened", **more: object) -> None:
    happened(act, finding, **{"actor": "run 7", "after": {"severity": "critical"}, **more})
    read()


def send() -> int:
    return deliver(channel="email", queue="all")


def test_a_message_is_mailed_as_text_and_html_with_absolute_links(
    finding: Finding, settings: Any
) -> None:
    settings.SHIELD_URL = "https://shield.example.org"
    tell(finding)
    assert send() == 1
    (message,) = mail.outbox
    assert message.to == ["mira@example.org"]
    assert message.subject == f"New finding: {finding}"
    html = message.alternatives[0].content
    for body in (message.body, html):
        assert f"https://shield.example.org/findings/{finding.pk}/" in body
        assert "https://shield.example.org/account/notifications/" in body
    assert "http://testserver" not in message.body


def test_mails_about_one_object_are_one_thread_and_each_has_its_own_id(finding: Finding) -> None:
    tell(finding)
    tell(finding, "finding.regressed")
    send()
    first, second = (message.extra_headers for message in mail.outbox)
    assert first["References"] == second["References"] == f"<finding.{finding.pk}@127.0.0.1>"
    assert first["Message-ID"] != second["Message-ID"]


def test_a_copy_after_a_crash_has_the_same_id(finding: Finding) -> None:
    tell(finding)
    send()
    Delivery.objects.update(state=DeliveryState.PENDING)
    send()
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "Title\r\nBcc: everybody@example.org",
        "Title\nContent-Type: text/html\n\n<script>",
        "Title\x07\x1b[31m",
        "\u202eevil\u202c \u2066x\u2069",
        "x" * 300,
    ],
)
def test_no_title_breaks_out_of_the_subject_or_hides_what_it_is(
    finding: Finding, hostile: str
) -> None:
    Finding.objects.filter(pk=finding.pk).update(title=hostile[:300])
    finding.refresh_from_db()
    tell(finding)
    assert send() == 1
    (message,) = mail.outbox
    assert len(message.subject) <= 150
    assert not re.search(r"[\x00-\x1f\u202a-\u202e\u2066-\u2069]", message.subject)
    raw = message.message().as_string()
    assert "\nBcc:" not in raw
    assert message.recipients() == ["mira@example.org"]


def test_html_in_a_title_is_text(finding: Finding) -> None:
    Finding.objects.filter(pk=finding.pk).update(title="<script>alert(1)</script>")
    finding.refresh_from_db()
    tell(finding)
    send()
    assert "<script>" not in mail.outbox[0].alternatives[0].content


def test_a_digest_is_one_mail_of_everything_that_waited(mira: User, finding: Finding) -> None:
    Preference.objects.create(user=mira, email_rhythm="digest", critical_passes=False)
    for act in ("finding.opened", "finding.regressed"):
        tell(finding, act)
    assert send() == 0
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert send() == 1
    (message,) = mail.outbox
    assert message.subject == "2 messages from Shield"
    assert message.body.count("/findings/") == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}


def test_in_quiet_hours_nothing_is_mailed_but_what_is_critical(
    mira: User, finding: Finding
) -> None:
    now = timezone.now()
    start, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    Preference.objects.create(user=mira, quiet_from=start, quiet_until=end, critical_passes=True)
    tell(finding, "finding.regressed", after={"severity": "high"})
    assert send() == 0
    tell(finding)
    assert send() == 1


def test_somebody_who_lost_the_right_meanwhile_gets_nothing(mira: User, finding: Finding) -> None:
    tell(finding)
    Grant.objects.filter(user=mira).delete()
    send()
    assert mail.outbox == []
    assert Delivery.objects.get().state == DeliveryState.DROPPED


def test_an_account_that_was_closed_gets_nothing(mira: User, finding: Finding) -> None:
    tell(finding)
    User.objects.filter(pk=mira.pk).update(is_active=False)
    send()
    assert mail.outbox == []


def test_somebody_without_an_address_is_told_on_the_pages_only(
    mira: User, finding: Finding
) -> None:
    User.objects.filter(pk=mira.pk).update(email="")
    tell(finding)
    assert not Delivery.objects.exists()
    assert Notification.objects.get().shown


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ConnectionRefusedError(), DeliveryState.PENDING),
        (smtplib.SMTPServerDisconnected("away"), DeliveryState.PENDING),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"later")}), DeliveryState.PENDING),
        (smtplib.SMTPRecipientsRefused({"x": (550, b"nobody")}), DeliveryState.DEAD),
    ],
)
def test_a_mail_server_that_fails_is_tried_again_and_an_address_that_is_refused_is_not(
    finding: Finding, error: Exception, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object) -> None:
        raise error

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", fail)
    tell(finding)
    send()
    assert Delivery.objects.get().state == state


def test_the_link_in_a_mail_stops_mails_of_its_kind_without_signing_in(
    mira: User, finding: Finding
) -> None:
    tell(finding)
    send()
    link = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    assert mail.outbox[0].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = link.partition("8000")[2]
    client = Client(enforce_csrf_checks=True)
    assert "New critical finding" in client.get(path).content.decode()
    assert not Preference.objects.exists()  # looking stops nothing: mail scanners look at links
    client.post(path, {"List-Unsubscribe": "One-Click"})
    chosen = Preference.objects.get(user=mira).chosen
    assert chosen == {"email": {Kind.CRITICAL: False}}
    tell(finding)
    assert Delivery.objects.filter(state=DeliveryState.PENDING).count() == 0


@pytest.mark.parametrize("token", ["", "x", "WzEsIiJd:1abc:forged", "é"])
def test_a_forged_link_stops_nothing(mira: User, token: str) -> None:
    response = Client().post("/notifications/unsubscribe/", query_params={"token": token})
    assert response.status_code == 200
    assert "not complete" in response.content.decode()
    assert not Preference.objects.exists()

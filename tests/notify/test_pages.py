"""The pages and the API of messages and webhooks: a person's own, and nobody else's."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import Grant, User
from shield.findings.models import Finding
from shield.notify.choices import Kind
from shield.notify.models import Attending, Delivery, Endpoint, Notification, Preference
from shield.notify.selectors import unread_count
from tests import factories
from tests.support.messages import messages
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db

HOSTILE = '\u202eevil\u202c <script>alert(1)</script> & "quotes"'


@pytest.fixture
def finding() -> Finding:
    return factories.finding(factories.run(factories.version(factories.service(
        unit=factories.unit("retail")))))  # fmt: skip


@pytest.fixture
def mira(finding: Finding) -> User:
    person = factories.user("mira")
    messages(person, finding, HOSTILE)
    return person


@pytest.fixture
def mine(mira: User) -> Client:
    client = Client()
    sign_in(client, mira)
    return client


def other() -> Client:
    client = Client()
    sign_in(client, factories.user("nils"))
    return client


def test_the_list_shows_my_messages_with_hostile_text_as_text(mine: Client) -> None:
    page = mine.get("/notifications/").content.decode()
    assert "New critical finding" in page
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;" in page


def test_nobody_elses_messages_are_within_reach(mine: Client) -> None:
    row = Notification.objects.filter(user__username="mira", read_at=None)[0]
    stranger = other()
    assert str(row.object_text) not in stranger.get("/notifications/").content.decode()
    for path in (f"/notifications/{row.pk}/", f"/api/v1/notifications/{row.pk}/"):
        assert stranger.get(path).status_code == 404
    for path in (f"/notifications/{row.pk}/read/", f"/api/v1/notifications/{row.pk}/read/"):
        assert stranger.post(path).status_code == 404
    stranger.post("/notifications/read/")
    row.refresh_from_db()
    assert row.read_at is None


def test_a_message_opens_what_it_is_about_and_is_read_by_that(
    mine: Client, finding: Finding
) -> None:
    row = Notification.objects.filter(read_at=None)[0]
    response = mine.get(f"/notifications/{row.pk}/")
    assert response["Location"] == finding.get_absolute_url()
    row.refresh_from_db()
    assert row.read_at is not None


def test_messages_are_marked_one_by_one_and_all_at_once(mine: Client, mira: User) -> None:
    row = Notification.objects.filter(read_at=None)[0]
    response = mine.post(f"/notifications/{row.pk}/read/", {"query": "kind=critical&page=2"})
    assert response["Location"] == "/notifications/?kind=critical&page=2"
    row.refresh_from_db()
    assert row.read_at is not None
    mine.post(f"/notifications/{row.pk}/read/")
    row.refresh_from_db()
    assert row.read_at is None
    mine.post("/notifications/read/")
    assert unread_count(mira) == 0


def test_the_way_back_leads_to_the_list_and_nowhere_else(mine: Client) -> None:
    row = Notification.objects.all()[0]
    for query in ("//evil.example", "https://evil.example", "\r\nSet-Cookie: x=1"):
        response = mine.post(f"/notifications/{row.pk}/read/", {"query": query})
        assert response["Location"].startswith("/notifications/?")
        assert "\n" not in response["Location"]


def test_messages_of_a_unit_that_one_no_longer_sees_are_gone(mira: User) -> None:
    assert unread_count(mira) > 0
    Grant.objects.filter(user=mira).delete()
    Grant.objects.create(user=mira, role=Role.ENGINEER, unit=factories.unit("payments"))
    assert unread_count(User.objects.get(pk=mira.pk)) == 0


def test_the_bell_counts_what_is_unread_in_one_query_and_stops_at_99(
    mine: Client, mira: User, finding: Finding
) -> None:
    assert 'bell-count num">7<' in mine.get("/notifications/bell/").content.decode()
    user = User.objects.get(pk=mira.pk)
    assert user.grant_list
    with CaptureQueriesContext(connection) as captured:
        unread_count(user)
    assert len(captured) == 1
    Notification.objects.bulk_create(
        Notification(user=mira, kind=Kind.RUN, act="run.finish", group=f"{n}", shown=True,
                     object_type="run", object_id="1", object_text="x", url="/", actor="x",
                     at=timezone.now())
        for n in range(120)
    )  # fmt: skip
    assert "99+" in mine.get("/notifications/bell/").content.decode()


def test_the_bell_stands_in_the_frame_of_every_page(mine: Client) -> None:
    assert 'id="bell"' in mine.get("/services/").content.decode()


def form(**more: str) -> dict[str, str]:
    return {"email_rhythm": "digest", "digest_hour": "7", "time_zone": "Asia/Singapore",
            "quiet_from": "22:00", "quiet_until": "06:30", "in_app-critical": "on",
            "email-critical": "on", **more}  # fmt: skip


def test_preferences_keep_what_differs_from_the_usual(mine: Client, mira: User) -> None:
    everything = {f"{channel}-{kind}": "on" for kind in Kind for channel in ("in_app", "email")}
    response = mine.post("/account/notifications/", form(**everything))
    assert response.status_code == 302
    row = Preference.objects.get(user=mira)
    assert row.chosen == {"email": {"run": True, "activity": True}}
    assert (row.email_rhythm, row.digest_hour, row.time_zone) == ("digest", 7, "Asia/Singapore")
    assert (row.quiet_from, row.quiet_until) == (time(22), time(6, 30))
    assert row.critical_passes is False
    assert 'name="email-run" checked' in mine.get("/account/notifications/").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"digest_hour": "24"},
        {"quiet_until": ""},
        {"email_rhythm": "x"},
    ],
)
def test_preferences_that_cannot_be_are_refused(mine: Client, wrong: dict[str, str]) -> None:
    assert mine.post("/account/notifications/", form(**wrong)).status_code == 422
    assert not Preference.objects.exists()


def test_a_finding_is_followed_muted_and_let_go(mine: Client, mira: User, finding: Finding) -> None:
    Attending.objects.all().delete()
    path = f"/findings/{finding.pk}/attention/"
    for said, kept in (("follow", ["follow"]), ("mute", ["mute"]), ("", [])):
        assert mine.post(path, {"attention": said}).status_code == 302
        assert list(Attending.objects.values_list("attention", flat=True)) == kept
    assert mine.post(path, {"attention": "adore"}).status_code == 422


def test_a_foreign_units_finding_cannot_be_followed(finding: Finding) -> None:
    client = Client()
    sign_in(client, factories.user("nils", unit=factories.unit("payments")))
    answer = client.post(f"/findings/{finding.pk}/attention/", {"attention": "follow"})
    assert answer.status_code == 404
    wanted = {"object_type": "finding", "object_id": finding.pk, "attention": "follow"}
    answer = client.post("/api/v1/attention/", wanted, content_type="application/json")
    assert answer.status_code == 404
    assert not Attending.objects.exists()


def api(client: Client, method: str, path: str, body: Any = None) -> Any:
    send = getattr(client, method)
    return (
        send(f"/api/v1/{path}", body, content_type="application/json")
        if body is not None
        else send(f"/api/v1/{path}")
    )


def test_the_api_lists_marks_and_counts(mine: Client) -> None:
    found = api(mine, "get", "notifications/?unread=true&kind=critical").json()
    assert [row["kind"] for row in found["results"]] == ["critical"]
    pk = found["results"][0]["id"]
    assert api(mine, "post", f"notifications/{pk}/read/", {}).json()["read_at"]
    assert api(mine, "post", f"notifications/{pk}/unread/", {}).json()["read_at"] is None
    assert api(mine, "post", "notifications/read-all/", {}).json() == {"count": 7}


def test_the_api_keeps_preferences(mine: Client) -> None:
    now = api(mine, "get", "notification-preferences/").json()
    assert now["email_rhythm"] == "at_once"
    wished = {**now, "chosen": {"email": {"critical": False}}, "quiet_from": "22:00"}
    assert api(mine, "put", "notification-preferences/", wished).status_code == 422
    wished["quiet_until"] = "06:00"
    kept = api(mine, "put", "notification-preferences/", wished).json()
    assert kept["chosen"] == {"email": {"critical": False}}


def test_lists_need_as_many_queries_for_many_rows_as_for_few(
    mine: Client, mira: User, finding: Finding
) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert mine.get(path).status_code == 200
        return len(captured)

    paths = ("/notifications/", "/webhooks/", "/api/v1/notifications/", "/api/v1/webhooks/",
             "/api/v1/webhook-deliveries/", "/api/v1/attention/")  # fmt: skip
    few = {path: queries(path) for path in paths}
    few = {path: queries(path) for path in paths}
    for _ in range(5):
        Grant.objects.filter(user=mira, role=Role.ADMINISTRATOR).delete()
        Attending.objects.all().delete()
        messages(mira, finding, HOSTILE)
    assert {path: queries(path) for path in paths} == few


@pytest.fixture
def admin() -> Client:
    client = Client()
    sign_in(client, factories.user("ada", role=Role.ADMINISTRATOR))
    return client


TERMS = {"name": "CI", "url": "https://ci.example.org/hook", "acts": ["finding.*"]}


def test_the_api_makes_a_webhook_and_shows_its_secret_once(admin: Client) -> None:
    made = api(admin, "post", "webhooks/", TERMS)
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    secret = made.json()["secret"]
    assert secret.startswith("shsec_")
    pk = made.json()["id"]
    assert secret not in api(admin, "get", f"webhooks/{pk}/").content.decode()
    assert secret not in admin.get(f"/webhooks/{pk}/").content.decode()
    rotated = api(admin, "post", f"webhooks/{pk}/rotate/", {}).json()
    assert rotated["secret"] not in ("", secret)
    assert rotated["old_secret_until"]


def test_a_page_makes_changes_and_replays_a_webhook(admin: Client) -> None:
    form = {"name": "CI", "url": "https://ci.example.org/hook", "acts": "finding.* run.finish",
            "format": "shield", "unit": ""}  # fmt: skip
    page = admin.post("/webhooks/new/", form)
    assert "shsec_" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    row = Endpoint.objects.get()
    assert row.acts == ["finding.*", "run.finish"]
    seen = row.updated_at.isoformat()
    changed = {**form, "name": "New", "seen": seen}
    assert admin.post(f"/webhooks/{row.pk}/change/", changed).status_code == 302
    again = admin.post(f"/webhooks/{row.pk}/change/", {**changed, "name": "Newer"})
    assert again.status_code == 409
    content = again.content.decode()
    assert "changed meanwhile" in content
    assert 'value="Newer"' in content  # what was typed
    assert "<dd>New</dd>" in content  # what holds now
    row.refresh_from_db()
    knowingly = {**changed, "name": "Newer", "seen": row.updated_at.isoformat()}
    assert knowingly["seen"] in content.replace("&#x27;", "'")
    assert admin.post(f"/webhooks/{row.pk}/change/", knowingly).status_code == 302
    admin.post(f"/webhooks/{row.pk}/ping/")
    Delivery.objects.update(state="dead")
    admin.post(f"/webhooks/{row.pk}/replay/")
    assert Delivery.objects.get().state == "pending"


@pytest.mark.parametrize(
    "url",
    [
        "http://ci.example.org/",
        "https://10.0.0.1/",
        "https://a:b@c.example/",
        "https://localhost/",
        "https://LOCALHOST.:8443/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
    ],
)
def test_a_target_that_is_not_allowed_is_refused_with_a_sentence(admin: Client, url: str) -> None:
    answer = api(admin, "post", "webhooks/", {**TERMS, "url": url})
    assert answer.status_code == 422
    assert answer.json()["code"].startswith("outbound.")
    form = {"name": "CI", "url": url, "acts": "*", "format": "shield", "unit": ""}
    assert admin.post("/webhooks/new/", form).status_code == 422
    assert not Endpoint.objects.exists()


def test_a_units_administrator_manages_the_webhooks_of_that_unit_alone() -> None:
    retail, payments = factories.unit("retail"), factories.unit("payments")
    local = Client()
    sign_in(local, factories.user("local", role=Role.ADMINISTRATOR, unit=retail))
    assert api(local, "post", "webhooks/", TERMS).status_code == 403
    assert api(local, "post", "webhooks/", {**TERMS, "unit": payments.slug}).status_code == 400
    assert api(local, "post", "webhooks/", {**TERMS, "unit": retail.slug}).status_code == 201
    form = {"name": "x", "url": TERMS["url"], "acts": "*", "format": "shield"}
    assert local.post("/webhooks/new/", {**form, "unit": ""}).status_code == 422
    assert local.post("/webhooks/new/", {**form, "unit": str(payments.pk)}).status_code == 422
    assert Endpoint.objects.get().unit == retail


def test_a_webhook_cannot_be_given_what_only_the_product_sets(admin: Client) -> None:
    pk = api(admin, "post", "webhooks/", {**TERMS, "active": False, "failures": 9}).json()["id"]
    api(admin, "patch", f"webhooks/{pk}/", {"secret": "x", "unit": "general", "created_by": "me"})
    row = Endpoint.objects.get()
    assert (row.active, row.failures, row.unit, row.created_by) == (True, 0, None, "ada")

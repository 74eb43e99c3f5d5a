"""The audit pages: what happened in one's units, what changed, and how the trail stands."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from shield.accounts.choices import Role
from shield.accounts.models import BusinessUnit, User
from shield.audit.models import Event
from shield.audit.services import events_seal, record, trail_verify
from shield.registry.models import Service
from tests import factories
from tests.audit.support import tamper
from tests.notify.support import endpoint
from tests.support.triggers import empty_trail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_own_events(db: None) -> None:
    empty_trail()


def event(of: Service | None = None, **more: object) -> Event:
    facts: dict[str, object] = {"actor": "ada", "act": "service.change", "object_text": "Mortgage"}
    if of is not None:
        facts |= {"object_type": "service", "object_id": of.pk, "unit": of.unit_id}
    else:
        facts |= {"object_type": "user", "object_id": 7}
    return record(**(facts | more))  # type: ignore[arg-type]


def page(of: User, url: str) -> str:
    client = Client()
    client.force_login(of)
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def retail() -> BusinessUnit:
    return factories.unit("retail")


def test_a_person_of_a_unit_sees_its_events_and_nothing_of_the_organisation(
    retail: BusinessUnit,
) -> None:
    ours, theirs = factories.service("ours", unit=retail), factories.service("theirs")
    event(ours, object_text="Of ours")
    event(theirs, object_text="Of theirs", actor="someone-else")
    event(object_text="Of all")
    seen = page(factories.user(unit=retail), reverse("audit-list"))
    assert "Of ours" in seen
    assert not {word for word in ("Of theirs", "Of all", "someone-else") if word in seen}
    everywhere = page(factories.user(), reverse("audit-list"))
    assert all(word in everywhere for word in ("Of ours", "Of theirs", "Of all"))


def test_an_event_of_another_unit_is_not_there(retail: BusinessUnit) -> None:
    client = Client()
    client.force_login(factories.user(unit=retail))
    for foreign in (event(factories.service("theirs")), event()):
        assert client.get(foreign.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=mortgage", {"A", "B"}),
        ("?q=nightly", {"B"}),
        ("?act=run.start", {"C"}),
        ("?actor=eve&actor=bob", {"B", "C"}),
        ("?object_type=user", {"C"}),
        ("?unit=everywhere", {"C"}),
        ("?unit=retail", {"A"}),
        ("?when=1", {"A", "B", "C"}),
        ("?q=req-9", {"B"}),
    ],
)
def test_the_list_narrows_by_everything_it_offers(
    retail: BusinessUnit, query: str, expected: set[str]
) -> None:
    import structlog

    event(factories.service("a", unit=retail), object_text="Mortgage A")
    with structlog.contextvars.bound_contextvars(request_id="req-9"):
        event(factories.service("b"), object_text="Mortgage B", actor="eve", reason="nightly job")
    event(act="run.start", object_text="Run C", actor="bob")
    client = Client()
    client.force_login(factories.user())
    table = client.get(reverse("audit-list") + query).context["table"]
    assert {row.record.object_text[-1] for row in table.rows} == expected


def test_the_export_has_the_seal_and_no_formula() -> None:
    event(object_text="=1+1", before={"tier": "low"}, after={"tier": "high"})
    events_seal()
    client = Client()
    client.force_login(factories.user())
    answer = client.get(reverse("audit-list") + "?export=csv").getvalue().decode()
    (row,) = csv.DictReader(io.StringIO(answer))
    assert (row["object_text"], row["chain"], row["position"]) == ("'=1+1", "governance", "1")
    assert len(row["digest"]) == 64
    (item,) = json.loads(client.get(reverse("audit-list") + "?export=json").getvalue())
    assert json.loads(item["after"]) == {"tier": "high"}


def test_an_event_links_to_the_page_of_its_object() -> None:
    service = factories.service()
    version = factories.version(service)
    dataset = version.datasets.get()
    finding_free = event(object_type="thing", object_id="no-such")
    for row, target in (
        (service, service.get_absolute_url()),
        (version, service.get_absolute_url()),
        (dataset, reverse("dataset-detail", args=[dataset.pk])),
    ):
        about = event(object_type=row._meta.model_name, object_id=row.pk)
        assert f'href="{target}"' in page(factories.user(), about.get_absolute_url())
    assert "no-such" in page(factories.user(), finding_free.get_absolute_url())


def test_a_link_is_shown_to_those_who_may_open_it_alone(settings: LazySettings) -> None:
    settings.OUTBOUND_LOOPBACK = True
    hook = endpoint()
    about = event(object_type=hook._meta.model_name, object_id=hook.pk)
    link = f'href="{hook.get_absolute_url()}"'
    assert link in page(factories.user(role=Role.ADMINISTRATOR), about.get_absolute_url())
    assert link not in page(factories.user(role=Role.RISK_OFFICER), about.get_absolute_url())


def test_an_object_that_has_gone_or_never_had_such_a_key_has_no_link() -> None:
    for kind, key in (("service", "99999"), ("run", "not-a-uuid"), ("service", "x" * 60)):
        about = event(object_type=kind, object_id=key)
        assert key in page(factories.user(), about.get_absolute_url())


def test_what_changed_is_shown_before_what_did_not() -> None:
    about = event(
        before={"name": "N", "tier": "low", "old": 1}, after={"name": "N", "tier": "high"}
    )
    client = Client()
    client.force_login(factories.user())
    shown = client.get(about.get_absolute_url()).context["differences"]
    assert [(fact.name, fact.before, fact.after, fact.kind) for fact in shown] == [
        ("old", "1", "", "removed"),
        ("tier", "low", "high", "changed"),
        ("name", "N", "N", "same"),
    ]


def test_markup_in_an_event_is_text() -> None:
    about = event(object_text="<script>alert(1)</script>", reason="<b>x</b>",
                  before={"<i>k</i>": "<img src=x>"})  # fmt: skip
    for url in (about.get_absolute_url(), reverse("audit-list")):
        seen = page(factories.user(), url)
        assert "<script>alert" not in seen
        assert "<img src=x>" not in seen


def test_integrity_says_how_the_trail_stands() -> None:
    person = factories.user()
    assert "Not verified yet" in page(person, reverse("audit-integrity"))
    first = event()
    events_seal()
    trail_verify(actor="ada")
    assert "Intact" in page(person, reverse("audit-integrity"))
    tamper("UPDATE audit_event SET actor = 'eve' WHERE id = %s", [first.pk])
    trail_verify(actor="ada")
    seen = page(person, reverse("audit-integrity"))
    assert "Broken" in seen
    assert f"event {first.pk} is not what was sealed" in seen


def test_events_that_wait_for_long_are_a_warning_to_look_at() -> None:
    about = event()
    tamper("UPDATE audit_event SET at = %s WHERE id = %s", ["2026-01-01 00:00:00+00:00", about.pk])
    assert "Is the beat running?" in page(factories.user(), reverse("audit-integrity"))


def test_the_api_shows_an_event_with_its_seal_the_chains_the_heads_and_the_key() -> None:
    about = event()
    events_seal()
    trail_verify(actor="ada")
    client = Client()
    client.force_login(factories.user())
    shown = client.get(f"/api/v1/history/{about.pk}/").json()
    assert (shown["seal"]["chain"], shown["seal"]["position"]) == ("governance", 1)
    chains = client.get("/api/v1/audit/chains").json()
    assert (chains["sealed"], chains["unsealed"], chains["verification"]["intact"]) == (1, 0, True)
    (head,) = client.get("/api/v1/audit/heads/").json()["results"]
    assert head["digest"] == shown["seal"]["digest"]
    (key,) = client.get("/api/v1/audit/keys").json()
    assert key["id"] == head["key_id"]


def test_anybody_can_verify_a_head_with_the_public_key_and_the_canonical_json() -> None:
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    event()
    events_seal()
    client = Client()
    client.force_login(factories.user())
    (head,) = client.get("/api/v1/audit/heads/").json()["results"]
    (key,) = client.get("/api/v1/audit/keys").json()
    signature = bytes.fromhex(head.pop("signature"))
    message = json.dumps(
        {"shield_audit_head": 1, **head}, sort_keys=True, separators=(",", ":")
    ).encode()
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))
    public.verify(signature, message)  # raises where it does not


@pytest.mark.parametrize(
    ("query", "count"),
    [("act=service.change,run.start", 2), ("act=run.start", 1), ("unit=5", 1), ("search=ada", 2)],
)
def test_the_api_narrows_the_history(query: str, count: int) -> None:
    event(unit=5)
    event(act="run.start")
    client = Client()
    client.force_login(factories.user())
    assert client.get(f"/api/v1/history/?{query}").json()["count"] == count

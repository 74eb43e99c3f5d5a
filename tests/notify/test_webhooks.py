"""Webhooks: which events go out, what they say, how they are signed, and who may change what."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from shield.audit.models import Event
from shield.audit.services import record
from shield.common.errors import Conflict, InvalidInput
from shield.common.outbound import Refused
from shield.findings.models import Finding
from shield.notify.channels.webhook.payload import MOST_BYTES, body
from shield.notify.channels.webhook.signing import signature
from shield.notify.models import Delivery, Endpoint
from shield.notify.reading import read
from shield.notify.secrets import keys_of
from shield.notify.services import endpoints as services
from shield.notify.services.endpoints import Terms
from tests import factories
from tests.notify.support import (
    Recording,
    endpoint,
    happened,
    send,
    server,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]


def test_an_event_arrives_signed_with_its_ids_and_only_what_is_needed(finding: Finding) -> None:
    hears = Recording()
    with server(hears) as port:
        row = endpoint(port)
        event = happened("finding.regressed", finding, actor="mira", reason="s3cret",
                         before={"state": "resolved", "note": "s3cret"},
                         after={"state": "regressed", "severity": "high", "comment": "s3cret"})  # fmt: skip
        read()
        assert send(row) == 1
    ((first, headers, content),) = hears.requests
    delivery = Delivery.objects.get()
    assert first == "POST /hook?a=b HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert headers["shield-event-id"] == f"evt_{event.pk}"
    assert headers["shield-delivery"] == str(delivery.pk)
    document = json.loads(content)
    assert document["version"] == 1
    assert document["type"] == "finding.regressed"
    assert document["by"] == "person"
    assert document["unit"] == "retail"
    assert document["before"] == {"state": "resolved"}
    assert document["after"] == {"state": "regressed", "severity": "high"}
    assert document["object"]["url"].endswith(f"/findings/{finding.pk}/")
    assert b"s3cret" not in content
    assert b"mira" not in content
    (key,) = keys_of(row, timezone.now())
    stamp = re.match(r"t=(\d+),", headers["shield-signature"])
    assert stamp
    expected = signature(content, keys=[key], timestamp=int(stamp[1]))
    assert headers["shield-signature"] == expected
    assert abs(int(stamp[1]) - time.time()) < 5


def test_the_documented_snippet_accepts_what_is_ours_and_nothing_else() -> None:
    """The very code of the documentation."""
    text = (Path(django_settings.BASE_DIR) / "docs" / "notifications.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code
    scope: dict[str, Any] = {}
    exec(code[1], scope)  # noqa: S102  (our own documentation)
    verify = scope["is_from_shield"]
    now, content = int(time.time()), b'{"version":1}'
    good = signature(content, keys=["new", "old"], timestamp=now)
    assert verify(content, good, "new")
    assert verify(content, good, "old")
    assert not verify(content, good, "other")
    assert not verify(content + b" ", good, "new")
    old = signature(content, keys=["new"], timestamp=now - 3600)
    assert not verify(content, old, "new")
    for forged in ("", "t=1", "v1=00", f"t={now},v1=", f"t=x,v1={'0' * 64}", f"t={now},v2=00"):
        assert not verify(content, forged, "new")


def test_the_signature_is_hmac_sha256_over_timestamp_and_body() -> None:
    mark = hmac.new(b"key", b"1700000000." + b"{}", hashlib.sha256).hexdigest()
    assert signature(b"{}", keys=["key"], timestamp=1700000000) == f"t=1700000000,v1={mark}"


@pytest.mark.parametrize(
    ("patterns", "act", "wanted"),
    [
        (("finding.*",), "finding.opened", True), (("finding.*",), "run.finish", False),
        (("run.finish",), "run.finish", True), (("*",), "policy.change", True),
        (("run.*", "finding.opened"), "finding.closed", False),
        (("*",), "webhook.dead", False), (("*",), "account.notifications", False),
    ],
)  # fmt: skip
def test_an_endpoint_gets_the_events_that_match_its_patterns(
    patterns: tuple[str, ...], act: str, wanted: bool, finding: Finding
) -> None:
    read()
    endpoint(acts=patterns)
    happened(act, finding)
    read()
    assert Delivery.objects.exists() == wanted


def test_a_units_endpoint_gets_the_events_of_that_unit_alone(finding: Finding) -> None:
    own, foreign = factories.unit("retail"), factories.unit("payments")
    mine, theirs, all_of_it = endpoint(unit=own), endpoint(unit=foreign), endpoint()
    happened("finding.opened", finding)
    record(actor="x", act="finding.none", object_type="x", object_id=1, object_text="x")
    read()
    got = {
        row.pk: Delivery.objects.filter(endpoint=row).count() for row in (mine, theirs, all_of_it)
    }
    assert got == {mine.pk: 1, theirs.pk: 0, all_of_it.pk: 2}


def test_what_names_a_person_goes_out_without_the_name() -> None:
    row = endpoint(acts=("*",))
    user = factories.user("secret-person")
    event = record(actor="admin", act="user.grant", object_type="user", object_id=user.pk,
                   object_text=str(user), after={"role": "engineer"})  # fmt: skip
    assert b"secret-person" not in body(row, event)


def test_a_body_is_never_larger_than_the_limit(finding: Finding) -> None:
    row = endpoint()
    event = happened("finding.opened", finding, after={"state": "x" * 100_000})
    content = body(row, event)
    assert len(content) < MOST_BYTES
    assert json.loads(content)["cut"] is True


def test_slack_gets_a_line_in_which_a_title_can_neither_mention_nor_link(finding: Finding) -> None:
    Finding.objects.filter(pk=finding.pk).update(title="<!channel> & <https://evil.example|x>")
    finding.refresh_from_db()
    content = json.loads(body(endpoint(format="slack"), happened("finding.opened", finding)))
    assert set(content) == {"text"}
    assert "<!channel>" not in content["text"]
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example¦x&gt;" in content["text"]


def test_secrets_are_shown_once_and_kept_encrypted() -> None:
    row, secret = services.endpoint_create(
        terms=Terms("CI", "https://example.org/", ["*"]), unit=None, actor="admin"
    )
    assert secret not in str(Endpoint.objects.values())
    assert secret not in str(list(Event.objects.values()))
    assert keys_of(row, timezone.now()) == [secret]


def test_after_a_rotation_both_secrets_sign_for_a_day() -> None:
    row, old = services.endpoint_create(
        terms=Terms("CI", "https://example.org/", ["*"]), unit=None, actor="admin"
    )
    row, new = services.endpoint_rotate(endpoint=row, actor="admin")
    assert keys_of(row, timezone.now()) == [new, old]
    assert keys_of(row, timezone.now() + timedelta(hours=25)) == [new]


def test_a_ping_arrives(finding: Finding) -> None:
    hears = Recording()
    with server(hears) as port:
        row = endpoint(port)
        services.endpoint_ping(endpoint=row, actor="admin")
        assert send(row) == 1
    assert json.loads(hears.requests[0][2])["type"] == "ping"


@pytest.mark.parametrize(
    "terms",
    [
        Terms("", "https://example.org/", ["*"]),
        Terms("x" * 101, "https://example.org/", ["*"]),
        Terms("a\nb", "https://example.org/", ["*"]),
        Terms("CI", "https://example.org/", []),
        Terms("CI", "https://example.org/", ["finding opened"]),
        Terms("CI", "https://example.org/", ["a.b"] * 51),
        Terms("CI", "https://example.org/", ["*"], "yaml"),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: Terms) -> None:
    with pytest.raises(InvalidInput):
        services.endpoint_create(terms=terms, unit=None, actor="admin")


def test_an_address_inside_the_network_is_refused_when_it_is_typed_in(settings: Any) -> None:
    settings.OUTBOUND_LOOPBACK = False
    for url in ("http://example.org/", "https://169.254.169.254/", "https://[::1]/"):
        with pytest.raises(Refused):
            services.endpoint_create(terms=Terms("CI", url, ["*"]), unit=None, actor="admin")


def test_the_second_of_two_editors_is_told(finding: Finding) -> None:
    row = endpoint()
    seen = row.updated_at.isoformat()
    terms = Terms("New name", row.url, row.acts)
    services.endpoint_change(endpoint=row, terms=terms, actor="first", seen=seen)
    with pytest.raises(Conflict):
        services.endpoint_change(endpoint=row, terms=Terms("Other", row.url, row.acts),
                                 actor="second", seen=seen)  # fmt: skip


def test_every_change_is_an_event_without_the_secret() -> None:
    row = endpoint()
    services.endpoint_change(endpoint=row, terms=Terms("New", row.url, ["run.*"]), actor="admin")
    services.endpoint_rotate(endpoint=row, actor="admin")
    services.endpoint_switch(endpoint=row, active=False, actor="admin")
    acts = list(
        Event.objects.filter(act__startswith="webhook.")
        .order_by("pk")
        .values_list("act", flat=True)
    )
    assert acts == ["webhook.create", "webhook.change", "webhook.rotate", "webhook.switch"]
    assert "shsec_" not in str(list(Event.objects.values()))

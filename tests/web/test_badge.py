"""The badge: seen only through its address, true, harmless, and kept by caches for a short time."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.records.models import Run
from shield.registry.badges import badge_disable, badge_issue
from shield.registry.models import Service, ServiceBadge
from shield.risk.standing import standings_refresh
from shield.web.badge_image import COLOURS, LABEL_COLOUR, NOT_AVAILABLE, badge_svg
from tests import factories

pytestmark = pytest.mark.django_db


def image(of: Service | str, token: str, **headers: str) -> HttpResponse:
    slug = of if isinstance(of, str) else of.slug
    return Client().get(f"/badge/{slug}.svg", {"token": token}, headers=headers)


def tree(response: HttpResponse) -> ET.Element:
    """The image as XML; it is our own."""
    return ET.fromstring(response.content)  # noqa: S314


def words(response: HttpResponse) -> str:
    """What a screen reader reads."""
    return tree(response).attrib["aria-label"]


def issued(of: Service) -> str:
    standings_refresh({of.pk})
    return badge_issue(service=of, actor="olga").token


def test_it_shows_verdict_and_date_without_signing_in() -> None:
    run = factories.run()
    shown = image(run.service, issued(run.service))
    assert shown.status_code == 200
    assert shown["Content-Type"].startswith("image/svg+xml")
    assert words(shown) == f"{run.service.name}: fails · {run.finished_at:%Y-%m-%d}"
    assert COLOURS["fail"] in shown.content.decode()


def test_what_is_stale_never_assessed_or_retired_is_grey() -> None:
    run = factories.run()
    token = issued(run.service)
    factories.version(run.service, "newer")
    standings_refresh({run.service_id})
    grey = {"stale": image(run.service, token)}
    bare = factories.service("bare")
    grey["not assessed"] = image(bare, issued(bare))
    gone = factories.service("gone", retired_at=timezone.now())
    grey["retired"] = image(gone, issued(gone))
    old = factories.run(factories.version(factories.service("old")))
    Run.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=400))
    grey["stale "] = image(old.service, issued(old.service))
    for word, shown in grey.items():
        assert word.strip() in words(shown)
        colours = {box.get("fill") for box in tree(shown).iter() if box.get("fill")}
        assert colours == {"#fff", LABEL_COLOUR, COLOURS["grey"]}, word


def test_a_wrong_token_a_badge_that_is_off_and_no_service_look_the_same() -> None:
    run = factories.run()
    token = issued(run.service)
    other = issued(factories.service("other"))
    answers = [
        image(run.service, "guess"),
        image(run.service, ""),
        image(run.service, other),
        image("no-such-service", token),
        image(run.service, token[:-1]),
    ]
    badge_disable(service=run.service, actor="olga")
    answers.append(image(run.service, token))
    assert {(a.status_code, a.content) for a in answers} == {(200, badge_svg(NOT_AVAILABLE))}


def test_a_new_address_ends_the_old_one_and_every_change_is_audited_without_the_token() -> None:
    service = factories.service()
    old, new = issued(service), issued(service)
    assert old != new
    assert len(new) >= 32
    assert image(service, old).content == badge_svg(NOT_AVAILABLE)
    assert image(service, new).content != badge_svg(NOT_AVAILABLE)
    badge_disable(service=service, actor="olga")
    badge_disable(service=service, actor="olga")
    events = list(Event.objects.filter(act__startswith="badge.").order_by("pk"))
    assert [event.act for event in events] == ["badge.issue", "badge.rotate", "badge.disable"]
    assert {event.unit for event in events} == {service.unit_id}
    assert all(new not in f"{event.after}{event.before}{event.object_text}" for event in events)


def test_caches_keep_it_for_a_short_time_and_ask_again_by_etag() -> None:
    run = factories.run()
    token = issued(run.service)
    first = image(run.service, token)
    assert first["Cache-Control"] == "public, max-age=300"
    again = image(run.service, token, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    factories.version(run.service, "newer")
    standings_refresh({run.service_id})
    assert image(run.service, token, if_none_match=first["ETag"]).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"/><image href="//evil.example"/>',
        "]]><svg onload=x>",
        "\u202eevil",
    ],
)
def test_a_name_adds_no_markup(name: str) -> None:
    service = factories.service(name=name)
    shown = image(service, issued(service))
    root = tree(shown)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "clipPath", "rect", "g", "text"}
    attributes = {key for element in root.iter() for key in element.attrib}
    assert not {
        key for key in attributes if key.startswith("on") or "href" in key or key == "style"
    }
    assert root.attrib["aria-label"].startswith(name)
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown["X-Content-Type-Options"] == "nosniff"


def test_every_colour_reads_on_white_letters() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for colour in (LABEL_COLOUR, *COLOURS.values()):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


def test_the_page_of_the_service_has_the_markdown_to_copy(client: Client) -> None:
    service = factories.service()
    client.force_login(factories.user(role=Role.RISK_OFFICER))
    assert (
        "Make a badge" in client.get(f"{service.get_absolute_url()}?tab=settings").content.decode()
    )
    client.post(f"/services/{service.slug}/badge/", {"what": "issue"})
    token = ServiceBadge.objects.get().token
    text = client.get(f"{service.get_absolute_url()}?tab=settings").content.decode()
    assert (
        f"[![Shield: {service.slug}](http://testserver/badge/{service.slug}.svg?token={token})]"
        in text
    )
    client.post(f"/services/{service.slug}/badge/", {"what": "disable"})
    assert not ServiceBadge.objects.get().enabled

"""Sessions end: after a pause, after a day, by their owner, and when somebody is switched off."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as live
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from shield.accounts import services
from shield.accounts.models import User
from shield.audit.models import Event
from tests import factories
from tests.permissions.objects import objects_of, side
from tests.support.pages import PASSWORD
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db


def enter(username: str = "mira", client: Client | None = None, **more: object) -> Client:
    """A browser that signed in through the page."""
    client = client or Client()
    facts = {"login": username, "password": PASSWORD}
    assert client.post("/login/", facts, **more).status_code == 302
    return client


def at(minutes: float) -> object:
    return mock.patch(
        "django.utils.timezone.now", return_value=timezone.now() + timedelta(minutes=minutes)
    )


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_pause_ends_a_session_and_activity_keeps_it() -> None:
    factories.user("mira")
    idle, busy = enter(), enter()
    with at(29):
        assert is_in(busy)
    with at(31):
        assert not is_in(idle)
        assert is_in(busy)
    with at(62):
        assert not is_in(busy)


def asked_by_pages() -> dict[str, set[str]]:
    """Template → the routes that it asks by itself, over and over."""
    found = {}
    for path in sorted(Path(live.TEMPLATES[0]["DIRS"][0]).rglob("*.html")):
        for tag in re.findall(r"<\w[^>]*hx-trigger=\"[^\"]*every[^>]*>", path.read_text()):
            asked = "".join(re.findall(r'hx-(?:get|post)="([^"]*)"', tag))
            found[f"{path.name}: {tag[:60]}"] = set(re.findall(r"{% url '([\w-]+)'", asked))
    return found


def test_what_pages_ask_by_themselves_is_known_to_be_no_activity() -> None:
    """A page that polls an unlisted route, or its own address, would keep its session for ever."""
    asked = asked_by_pages()
    assert len(asked) >= 3
    unknown = {
        where: routes
        for where, routes in asked.items()
        if not routes or not routes <= live.SESSION_NO_ACTIVITY
    }
    assert not unknown
    assert set().union(*asked.values()) == live.SESSION_NO_ACTIVITY


@pytest.mark.parametrize("route", sorted(live.SESSION_NO_ACTIVITY))
def test_what_a_page_asks_by_itself_keeps_no_session_alive(route: str) -> None:
    factories.user("mira")
    known = objects_of(route)(side("one"))
    (_, needed), *_ = get_resolver().reverse_dict.getlist(route)[0][0]
    address = reverse(route, kwargs={name: known[name] for name in needed})
    client = enter()
    with at(20):
        assert client.get(address).status_code == 200
    with at(31):
        assert not is_in(client)


def test_a_part_of_a_page_whose_session_has_ended_becomes_the_way_back_in() -> None:
    """Not the whole page of signing in, inside the other."""
    factories.user("mira")
    client = enter()
    asked = {"HX-Request": "true", "HX-Current-URL": "http://testserver/findings/?state=open"}
    with at(31):
        answer = client.get("/notifications/bell/", headers=asked)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in html
    assert 'href="/login/?next=/findings/"' in html
    assert "hx-trigger" not in html


def test_the_longest_session_ends_whatever_happens_in_it() -> None:
    factories.user("mira")
    client = enter()
    for minutes in range(20, 480, 20):
        with at(minutes):
            assert is_in(client), minutes
    with at(481):
        assert not is_in(client)


def test_the_session_gets_a_new_key_when_somebody_signs_in() -> None:
    factories.user("mira")
    client = Client()
    client.get("/login/")
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies[live.SESSION_COOKIE_NAME] = session.session_key
    enter(client=client)
    assert client.cookies[live.SESSION_COOKIE_NAME].value != session.session_key
    stranger = Client()
    stranger.cookies[live.SESSION_COOKIE_NAME] = session.session_key
    assert not is_in(stranger)


def test_the_list_shows_where_one_is_signed_in_and_ends_one() -> None:
    factories.user("mira")
    here = enter(REMOTE_ADDR="198.51.100.1", HTTP_USER_AGENT="Here")
    there = enter(REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="There")
    html = here.get("/account/sessions/").content.decode()
    assert "203.0.113.9" in html
    assert "There" in html
    number = UserSession.objects.get(user_agent="There").pk
    here.post("/account/sessions/", {"session": number})
    assert not is_in(there)
    assert is_in(here)
    assert Event.objects.filter(act="session.end").exists()


def test_signing_out_everywhere_else_leaves_only_this_one() -> None:
    user = factories.user("mira")
    here, there, unlisted = enter(), enter(), Client()
    unlisted.force_login(user)
    here.post("/account/sessions/")
    assert is_in(here)
    assert not is_in(there)
    assert not is_in(unlisted)
    assert UserSession.objects.filter(user=user).count() == 1


def test_the_session_of_somebody_else_cannot_be_ended() -> None:
    factories.user("mira")
    factories.user("dan")
    mine, theirs = enter(), enter("dan")
    number = UserSession.objects.get(user__username="dan").pk
    assert mine.post("/account/sessions/", {"session": number}).status_code == 404
    assert is_in(theirs)


def test_a_new_password_ends_the_other_sessions() -> None:
    user = factories.user("mira")
    here, there = enter(), enter()
    new = "anvil grey tuesday"
    facts = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/account/password/", facts | {"oldpassword": "x"}).status_code == 200
    short = facts | {"password1": "short", "password2": "short"}
    assert here.post("/account/password/", short).status_code == 200
    assert here.post("/account/password/", facts).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    user.refresh_from_db()
    assert user.check_password(new)
    assert Event.objects.filter(act="user.password").exists()


def test_switching_somebody_off_ends_everything_at_once_and_for_good(root: User) -> None:
    user = factories.user("mira")
    client = enter()
    token = services.token_create(user=user, name="ci", days=9, actor="")[1]
    services.person_switch_off(actor=root, user=user, reason="left the bank")
    bearer = {"Authorization": f"Bearer {token}"}
    assert not is_in(client)
    assert Client().get("/api/v1/account", headers=bearer).status_code == 401
    services.person_switch_on(actor=root, user=user, reason="is back")
    assert not is_in(client)
    assert Client().get("/api/v1/account", headers=bearer).status_code == 401
    assert is_in(enter())


def test_an_old_session_is_asked_again_before_sensitive_acts_and_goes_on_after() -> None:
    client = Client()
    sign_in(client, factories.user("mira"), ago_s=3600)
    made = {"name": "ci", "scopes": ["ci"], "days": 5, "networks": ""}
    asked = client.post("/account/tokens/", made)
    assert asked["Location"].startswith("/account/again/")
    done = client.post(asked["Location"], {"password": PASSWORD})
    assert "Copy the token now" in done.content.decode()
    api = Client()
    sign_in(api, User.objects.get(), ago_s=3600)
    response = api.post(
        "/api/v1/tokens/", {"name": "x", "scopes": ["ci"]}, content_type="application/json"
    )
    assert response.json()["code"] == "reauthentication_required"

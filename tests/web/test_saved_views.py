"""Named filters of lists: one's own, shared by risk officers, opened first, never anybody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import InvalidInput, NotPermitted
from shield.web import saved_views
from shield.web.models import SavedView
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/findings/"


def _client(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def eve():
    return factories.user("eve")


@pytest.fixture
def olga():
    return factories.user("olga", role=Role.RISK_OFFICER)


def _save(user, name="Mine", **more):
    facts = {"page": "finding-list", "query": "owner=me&page=3&export=csv"}
    return saved_views.view_save(actor=user, name=name, **facts | more)


def test_a_view_keeps_filters_and_not_the_page_or_the_export(eve):
    assert _save(eve).query == "owner=me"


def test_the_page_saves_and_shows_a_view(eve):
    client = _client(eve)
    data = {"page": "finding-list", "name": "Mine & <b>", "query": "severity=high"}
    response = client.post(reverse("saved-view-save"), data)
    assert response["Location"] == f"{LIST}?severity=high"
    html = client.get(LIST).content.decode()
    assert "Mine &amp; &lt;b&gt;" in html
    assert "/findings/?severity=high" in html


def test_saving_under_the_same_name_replaces(eve):
    _save(eve)
    _save(eve, query="severity=low")
    assert SavedView.objects.get().query == "severity=low"


def test_a_list_opens_with_ones_default_and_the_plain_list_stays_reachable(eve):
    _save(eve, is_default=True)
    client = _client(eve)
    assert client.get(LIST)["Location"] == f"{LIST}?owner=me"
    assert client.get(f"{LIST}?view=0").status_code == 200
    other = _client(factories.user())
    assert other.get(LIST).status_code == 200


def test_one_default_a_list(eve):
    _save(eve, is_default=True)
    second = _save(eve, name="Other", is_default=True)
    assert list(SavedView.objects.filter(is_default=True)) == [second]
    _client(eve).post(reverse("saved-view-default", args=[second.pk]))
    assert not SavedView.objects.filter(is_default=True).exists()


@pytest.mark.parametrize("scope", ["unit", "everyone"])
def test_an_engineer_shares_nothing(eve, scope):
    with pytest.raises(NotPermitted):
        _save(eve, kept_for=scope, unit=factories.unit() if scope == "unit" else None)


def test_a_risk_officer_of_a_unit_shares_with_that_unit_only(eve):
    retail, treasury = factories.unit("retail"), factories.unit("treasury")
    officer = factories.user(role=Role.RISK_OFFICER, unit=retail)
    _save(officer, kept_for="unit", unit=retail)
    for wanted in ({"kept_for": "unit", "unit": treasury}, {"kept_for": "everyone"}):
        with pytest.raises(NotPermitted):
            _save(officer, name="x", **wanted)
    inside, outside = factories.user(unit=retail), factories.user(unit=treasury)
    assert saved_views.views_for(inside).count() == 1
    assert saved_views.views_for(outside).count() == 0
    assert saved_views.views_for(eve).count() == 1  # whoever sees every unit
    assert Event.objects.filter(act="view.share").count() == 1


def test_what_everybody_shares_everybody_sees_and_nobody_else_removes(olga, eve):
    view = _save(olga, kept_for="everyone")
    assert "Mine" in _client(eve).get(LIST).content.decode()
    assert _client(eve).post(reverse("saved-view-remove", args=[view.pk])).status_code == 404
    assert _client(olga).post(reverse("saved-view-remove", args=[view.pk])).status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "more",
    [{"page": "home"}, {"page": "no-such"}, {"name": " "}, {"name": "x" * 81}, {"name": "a\0"},
     {"query": "q=" + "x" * 2000}],
)  # fmt: skip
def test_what_is_no_view_of_a_list_is_refused(eve, more):
    with pytest.raises(InvalidInput):
        _save(eve, **{"name": "x"} | more)


def test_the_api_keeps_lists_and_forgets(eve, olga):
    client = _client(eve)
    body = {"page": "finding-list", "name": "API", "query": "?severity=high&page=2"}
    made = client.post("/api/v1/saved-views/", body, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["url"] == f"{LIST}?severity=high"
    foreign = _save(olga)
    listed = client.get("/api/v1/saved-views/").json()["results"]
    assert [each["name"] for each in listed] == ["API"]
    assert client.get(f"/api/v1/saved-views/{foreign.pk}/").status_code == 404
    assert client.delete(f"/api/v1/saved-views/{foreign.pk}/").status_code == 404
    assert client.delete(f"/api/v1/saved-views/{made.json()['id']}/").status_code == 204

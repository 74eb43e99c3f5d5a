"""The API as pages: every call is there, can be found, and comes with a line to try it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from shield.accounts.choices import Role
from shield.web.api_reading import calls, calls_about, groups
from tests import factories
from tests.api.routes import routes

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Client:
    client = Client()
    client.force_login(factories.user("vera", role=Role.VIEWER))
    return client


def test_every_route_of_the_api_is_told() -> None:
    assert len(calls()) == len([route for route in routes() if route.name != "api-schema"])


def test_every_call_says_what_it_does_and_can_be_tried() -> None:
    assert [call.id for call in calls() if not call.title] == []
    assert all(call.curl.startswith("curl ") and call.path in call.curl for call in calls())


def test_a_body_is_shown_with_its_fields_and_an_example() -> None:
    (call,) = (
        call for call in calls() if call.method == "POST" and call.path == "/api/v1/uploads/"
    )
    assert {"name", "size", "sha256"} <= {field.name for field in call.body if field.required}
    assert '"sha256"' in call.curl


def test_a_search_finds_calls_that_name_every_word(reader: Client) -> None:
    found = {call.path for call in calls_about("UPLOAD-offset")}
    assert found == {"/api/v1/uploads/{id}/"}
    page = reader.get("/api/?q=upload-offset").content.decode()
    assert "PATCH /api/v1/uploads/{id}/" in page
    assert "/api/v1/findings/" not in page
    assert "No call names all of these words" in reader.get("/api/?q=xyzzy").content.decode()


def test_every_group_has_a_page(reader: Client) -> None:
    for group, listed in groups().items():
        answer = reader.get(f"/api/about/{group}/")
        assert answer.status_code == 200
        assert all(f'id="{call.id}"' in answer.content.decode() for call in listed)
    assert reader.get("/api/about/nothing/").status_code == 404


def test_a_search_is_text_and_costs_no_queries_of_its_own(
    reader: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    reader.get("/api/")
    with django_assert_max_num_queries(8):  # session, user, grants, bell
        page = reader.get("/api/?q=<script>").content.decode()
    assert "&lt;script&gt;" in page

"""ETags: unchanged reads are free, and nobody overwrites what they have not seen."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from shield.accounts.choices import Role
from shield.registry.models import Service
from tests import factories
from tests.support.handing_in import API, client

pytestmark = pytest.mark.django_db
ADDRESS = f"{API}/services/mortgage-approval/"


@pytest.fixture
def officer() -> Client:
    factories.service()
    return client(factories.user(role=Role.RISK_OFFICER))


def rename(sender: Client, name: str, **headers: str) -> Any:
    body = {"name": name, "reason": "clearer"}
    return sender.patch(ADDRESS, body, content_type="application/json", headers=headers)


def test_a_list_that_has_not_changed_is_not_sent_again(officer: Client) -> None:
    tag = officer.get(f"{API}/services/")["ETag"]
    assert tag.startswith('W/"')
    again = officer.get(f"{API}/services/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    factories.service("other")
    assert officer.get(f"{API}/services/", headers={"If-None-Match": tag}).status_code == 200


def test_an_object_has_a_strong_tag_that_moves_with_it(officer: Client) -> None:
    tag = officer.get(ADDRESS)["ETag"]
    assert tag.startswith('"')
    assert officer.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 304
    rename(officer, "Mortgages")
    assert officer.get(ADDRESS)["ETag"] != tag


def test_a_change_of_what_was_seen_is_made(officer: Client) -> None:
    tag = officer.get(ADDRESS)["ETag"]
    assert rename(officer, "Mortgages", **{"If-Match": tag}).status_code == 200
    assert rename(officer, "Loans", **{"If-Match": "*"}).status_code == 200


def test_the_second_writer_is_told_that_it_changed(officer: Client) -> None:
    tag = officer.get(ADDRESS)["ETag"]
    rename(officer, "Mortgages")
    refused = rename(officer, "Loans", **{"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
    assert Service.objects.get().name == "Mortgages"


def test_a_figure_beside_the_row_is_no_reason_to_refuse(officer: Client) -> None:
    tag = officer.get(ADDRESS)["ETag"]
    factories.version(Service.objects.get())
    assert officer.get(ADDRESS)["ETag"] != tag
    assert rename(officer, "Mortgages", **{"If-Match": tag}).status_code == 200


def test_a_view_that_cannot_hold_the_promise_refuses_and_undoes(officer: Client) -> None:
    engineer = client(factories.user(role=Role.ENGINEER))
    version = factories.version(Service.objects.get())
    body = {"version": version.pk, "environment": "staging"}
    answer = engineer.post(
        f"{API}/deployments/", body, content_type="application/json", headers={"If-Match": '"x"'}
    )
    assert (answer.status_code, answer.json()["code"]) == (412, "etag.unsupported")
    assert not version.deployments.exists()

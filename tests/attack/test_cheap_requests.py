"""Requests that cost little to send and would cost much to answer."""

from __future__ import annotations

import json
import time

import pytest
from django.test import Client
from django.urls import reverse

from shield.accounts.choices import Role
from tests import factories
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    sign_in(client, factories.user(role=Role.RISK_OFFICER))
    return client


@pytest.mark.parametrize("body", [
    {"act": "comment", "findings": [1] * 2_000_000, "data": {"text": "x"}},
    {"act": "comment", "findings": [[1] * 1_000] * 1_000, "data": {}},
    {"act": "comment", "findings": [1], "data": {str(n): n for n in range(200_000)}},
], ids=["list", "lists of lists", "keys"])  # fmt: skip
def test_a_body_of_more_values_than_any_request_needs_is_refused_at_once(
    client: Client, body: object
) -> None:
    text = json.dumps(body)
    began = time.process_time()
    answer = client.post("/api/v1/findings/bulk/", text, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert "values" in answer.json()["message"]
    assert time.process_time() - began < 3


def test_a_list_of_rows_is_not_looked_up_row_by_row_without_end(
    client: Client, django_assert_max_num_queries: object
) -> None:
    service = factories.service()
    report = {
        "service": service.slug, "title": "x", "what_happened": "y", "severity": "low",
        "noticed_at": "2026-01-01T00:00:00Z", "findings": list(range(1, 50_000)),
    }  # fmt: skip
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        answer = client.post("/api/v1/incidents/", report, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"]["findings"]) == (400, ["At most 200."])
    owner = {"deputies": ["x"] * 50_000, "reason": "x"}
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        path = reverse("api-service-owner", args=[service.slug])
        answer = client.post(path, owner, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"]["deputies"]) == (400, ["At most 200."])

"""The API's own side: a day of an officer and an approver, and what is refused in which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.records.models import Run
from shield.registry.models import Service
from shield.risk.models import PolicyChange, Standing
from shield.risk.policies.backtests import backtest_run
from shield.risk.standing import standings_refresh
from shield.risk.tiering.questionnaire import questionnaire
from tests import factories
from tests import sample_measurements as sample
from tests.risk.conftest import DIFFERENCE, RATIO, changed

pytestmark = pytest.mark.django_db
API = "/api/v1"


def post(user: User, path: str, **body: Any) -> Any:
    client = Client()
    client.force_login(user)
    return client.post(f"{API}{path}", body, content_type="application/json")


def get(user: User, path: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(f"{API}{path}")


def test_a_policy_is_changed_over_the_api(officer: User, approver: User, failed: Run) -> None:
    (current,) = get(officer, "/policies/?tier=high").json()["results"] or [None]
    body = {"tier": "high", "base": current["number"], "reason": "The board asked.",
            "policy": changed(**{RATIO: {"threshold": {"min": 0.95}, "grave": None}})}  # fmt: skip
    made = post(officer, "/policy-changes/", **body)
    assert made.status_code == 201, made.content
    change = made.json()
    assert change["differences"][0]["direction"] == "tighter"
    early = post(approver, f"/policy-changes/{change['id']}/approve/", note="x")
    assert (early.status_code, early.json()["code"]) == (409, "policy.no_backtest")
    backtest_run(kind="policychange", pk=change["id"])
    report = get(approver, f"/policy-changes/{change['id']}/").json()["backtest"]
    assert report["outcomes"]["total"] == 3
    own = post(officer, f"/policy-changes/{change['id']}/approve/", note="x")
    assert own.status_code == 403
    assert post(approver, f"/policy-changes/{change['id']}/approve/").status_code == 400
    done = post(approver, f"/policy-changes/{change['id']}/approve/", note="Agreed.")
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    again = post(officer, "/policy-changes/", **body)
    assert (again.status_code, again.json()["code"]) == (409, "policy.other_version")


def test_the_refusal_lists_the_findings(officer: User, failed: Run) -> None:
    wide = changed(**{DIFFERENCE: {"threshold": {"min": -0.5, "max": 0.5}, "grave": None}})
    answer = post(officer, "/policy-changes/", tier="high", base=1, policy=wide, reason="x")
    assert (answer.status_code, answer.json()["code"]) == (409, "policy.would_close")
    listed = answer.json()["errors"]["problems"]
    assert {each["service"] for each in listed} == {"mortgage-approval"}
    assert all(each["label"].startswith("FND-") for each in listed)


def test_a_reader_of_one_unit_sees_the_totals_and_no_foreign_names(
    officer: User, failed: Run
) -> None:
    wanted = changed(**{RATIO: {"threshold": {"min": 0.95}, "grave": None}})
    made = post(officer, "/policy-changes/", tier="high", base=1, policy=wanted, reason="x").json()
    backtest_run(kind="policychange", pk=made["id"])
    outsider = factories.user(role=Role.VIEWER, unit=factories.unit("elsewhere"))
    report = get(outsider, f"/policy-changes/{made['id']}/").json()["backtest"]
    assert report["outcomes"]["total"] == 3
    assert report["outcomes"]["examples"] == report["opens"]["examples"] == []


def test_standings_and_their_filters(officer: User, failed: Run) -> None:
    standings_refresh([failed.service_id])
    (row,) = get(officer, "/risk/?tier=high&freshness=fresh").json()["results"]
    assert row["service"] == "mortgage-approval"
    assert sum(each["points"] for each in row["score_reasons"]) == pytest.approx(row["score"])
    assert get(officer, "/risk/mortgage-approval/").json()["score"] == row["score"]
    assert get(officer, "/risk/?freshness=never").json()["count"] == 0


def test_tiering_and_appetite_over_the_api(officer: User, approver: User, service: Service) -> None:
    asked = get(officer, "/tiering/questionnaire").json()
    answers = {each["id"]: each["choices"][0]["id"] for each in asked["questions"]}
    answers |= {"use": "other"}
    made = post(officer, "/tierings/", service=service.slug, answers=answers, reason="Yearly")
    assert (made.status_code, made.json()["state"]) == (201, "proposed")
    done = post(approver, f"/tierings/{made.json()['id']}/approve/", note="Agreed.")
    assert done.json()["state"] == "approved"
    service.refresh_from_db()
    assert service.tier == "low"
    asked_for = post(officer, "/appetites/", unit="general", max_score=1.0, reason="Board")
    assert asked_for.status_code == 201, asked_for.content
    assert (
        post(approver, f"/appetites/{asked_for.json()['id']}/approve/", note="x").json()["number"]
        == 1
    )
    assert Standing.objects.get(service=service).in_breach


def test_an_exception_over_the_api(officer: User, approver: User, service: Service) -> None:
    body = {"service": service.slug, "check": sample.RATIO, "min": 0.7, "reason": "x"}
    soon = "2999-01-01T00:00:00Z"
    assert post(officer, "/policy-exceptions/", **body, expires_at=soon).status_code == 422
    until = (timezone.now() + timedelta(days=30)).isoformat()
    made = post(officer, "/policy-exceptions/", **body, expires_at=until)
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    backtest_run(kind="policyexception", pk=pk)
    assert post(approver, f"/policy-exceptions/{pk}/approve/", note="x").json()["in_force"]
    assert not post(officer, f"/policy-exceptions/{pk}/end/", note="x").json()["in_force"]


@pytest.mark.parametrize("path", ["/risk/", "/policy-changes/", "/policies/", "/tierings/"])
def test_lists_need_as_many_queries_for_many_rows_as_for_few(officer: User, path: str) -> None:
    def grow(count: int) -> None:
        for _ in range(count):
            service = factories.service(f"s{Service.objects.count()}", tier="high")
            standings_refresh([service.pk])
            answers = {q.id: q.choices[0].id for q in questionnaire().questions}
            post(officer, "/tierings/", service=service.slug, answers=answers, reason="x")
            document = {"fail_on": "low"}
            body = {"tier": "high", "base": 1, "policy": document, "reason": "x"}
            backtest_run(
                kind="policychange", pk=post(officer, "/policy-changes/", **body).json()["id"]
            )

    grow(1)
    get(officer, path)
    with CaptureQueriesContext(connection) as few:
        get(officer, path)
    grow(3)
    assert PolicyChange.objects.count() == 4
    with CaptureQueriesContext(connection) as many:
        get(officer, path)
    assert len(many) == len(few) <= 25  # signing in included

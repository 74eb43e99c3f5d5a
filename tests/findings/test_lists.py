"""Orders and searches that stay fast on a million rows, and say the same on every database."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.common.counting import Total
from shield.findings import services, tables
from shield.findings.models import Acceptance
from shield.findings.proposals import Terms
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return factories.user("olga", role=Role.RISK_OFFICER)


@pytest.fixture
def client(officer):
    made = Client()
    made.force_login(officer)
    return made


@pytest.fixture
def run():
    return factories.run()


def _owners(client, query: str) -> list[str | None]:
    rows = client.get(f"/findings/?{query}").context["table"].page
    return [row.record.assignee and row.record.assignee.username for row in rows]


@pytest.fixture
def owned(run):
    zoe, adam = factories.user("zoe"), factories.user("adam")
    for owner in (zoe, None, adam, zoe, None):
        factories.finding(run, assignee=owner)


def test_findings_are_sorted_by_the_name_of_their_owner_and_nobody_comes_last(client, owned):
    assert _owners(client, "sort=assignee") == ["adam", "zoe", "zoe", None, None]
    assert _owners(client, "sort=-assignee") == ["zoe", "zoe", "adam", None, None]


def test_where_there_are_no_pages_for_the_others_only_rows_with_an_owner_are_read(
    client, owned, monkeypatch
):
    monkeypatch.setattr(tables, "count_rows", lambda rows: Total(3, more=True))
    assert _owners(client, "sort=assignee") == ["adam", "zoe", "zoe"]
    assert _owners(client, "sort=-assignee") == ["zoe", "zoe", "adam"]


def _proposed(finding, officer, reason: str) -> Acceptance:
    terms = Terms("accept", "other", reason, timezone.now() + timedelta(days=60))
    return services.acceptance_propose(finding=finding, terms=terms, actor=officer)


def _found(client, words: str) -> set[int]:
    page = client.get("/acceptances/", {"q": words})
    api = client.get("/api/v1/acceptances/", {"search": words}).json()["results"]
    found = {row.record.pk for row in page.context["table"].page}
    assert found == {row["id"] for row in api}
    return found


def test_acceptances_are_found_by_title_reason_and_service_in_one_table(client, run, officer):
    one = _proposed(factories.finding(run, title="Gap of zebras"), officer, "People look.")
    cards = factories.run(factories.version(factories.service("cards", name="Card limits")))
    other = _proposed(factories.finding(cards, title="Gap of horses"), officer, "Rare use.")
    assert _found(client, "zebras") == {one.pk}
    assert _found(client, "rare") == {other.pk}
    assert _found(client, "card limits") == {other.pk}
    assert _found(client, "gap card") == {other.pk}
    assert _found(client, "gap") == {one.pk, other.pk}
    assert _found(client, "unicorn") == set()
    with CaptureQueriesContext(connection) as captured:
        client.get("/acceptances/", {"q": "zebras"})
    counted = [
        q["sql"] for q in captured if "COUNT(*)" in q["sql"] and "zebras" in q["sql"].lower()
    ]
    assert counted
    assert not any("findings_finding" in sql for sql in counted)


def test_decisions_from_before_are_given_what_they_are_found_by(run, officer):
    made = _proposed(factories.finding(run, title="Gap of zebras"), officer, "x")
    Acceptance.objects.update(title="", service=None)
    import_module("shield.findings.migrations.0011_words_of_decisions").fill(apps, None)
    made.refresh_from_db()
    assert (made.title, made.service) == ("Gap of zebras", run.service)


def _of_check(run, check: str) -> None:
    made = factories.finding(run)
    made.check_id = check
    made.save(update_fields=["check_id"])


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("performance.auc", 2),
        ("Performance.", 3),
        ("vendor", 2),
        ("performance.auc&check=vendor.drift", 3),
        ("auc", 0),
    ],
)
def test_a_check_is_found_by_its_id_or_its_beginning_in_any_case(client, run, typed, count):
    for check in ("performance.auc", "performance.auc", "performance.f1", "Vendor.Drift", "vendor"):
        _of_check(run, check)
    page = client.get(f"/findings/?show=all&check={typed}").context["table"].paginator
    assert page.count == count


def test_a_whole_id_is_found_among_any_number_of_checks(client, run, monkeypatch):
    monkeypatch.setattr("shield.findings.filters.MOST_CHECKS", 1)
    for check in ("a.check", "b.check"):
        _of_check(run, check)
    for typed in ("b.check", "B.ch"):
        assert client.get(f"/findings/?check={typed}").context["table"].paginator.count == 1

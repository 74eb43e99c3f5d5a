"""Many findings at once: what is refused stays as it is and is named; the rest is done together."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import InvalidInput
from shield.findings import bulk, services
from shield.findings.bulk import Bulk
from shield.findings.choices import FindingState
from shield.findings.models import Acceptance, Finding
from tests import factories

pytestmark = pytest.mark.django_db
START = Bulk("start", {"category": "data", "note": ""})


@pytest.fixture
def run():
    return factories.run()


@pytest.fixture
def officer():
    return factories.user("olga", role=Role.RISK_OFFICER)


def _all():
    return Finding.objects.order_by("pk")


def _events(act):
    return Event.objects.filter(act=act).count()


def test_what_can_be_done_is_done_and_what_cannot_says_why(run, officer):
    first = factories.finding(run)
    done = factories.finding(run, state=FindingState.RESOLVED)
    result = services.findings_bulk(findings=_all(), wanted=START, actor=officer)
    assert [each.pk for each in result.done] == [first.pk]
    (refused,) = result.refused
    assert (refused.finding.pk, refused.code) == (done.pk, "finding_transition")
    assert "Open, Regressed" in refused.hint
    done.refresh_from_db()
    assert done.state == FindingState.RESOLVED
    assert _events("finding.start") == 1


def test_a_foreign_unit_refuses_finding_by_finding(run):
    own = factories.finding(run)
    unit = factories.unit("treasury")
    foreign_run = factories.run(factories.version(factories.service("bonds", unit=unit)))
    foreign = factories.finding(foreign_run)
    limited = factories.user(role=Role.RISK_OFFICER, unit=own.service.unit)
    result = services.findings_bulk(findings=_all(), wanted=START, actor=limited)
    assert [each.finding.pk for each in result.refused] == [foreign.pk]
    assert result.refused[0].code == "not_permitted"


def test_what_is_like_that_already_is_counted_apart(run, officer):
    factories.finding(run, assignee=officer)
    factories.finding(run)
    result = services.findings_bulk(findings=_all(), wanted=Bulk("claim"), actor=officer)
    assert (len(result.done), len(result.unchanged), result.refused) == (1, 1, [])


def test_one_that_somebody_changed_meanwhile_is_refused(run, officer):
    finding = factories.finding(run)
    wanted = Bulk("start", START.facts, seen={finding.pk: "2020-01-01T00:00:00+00:00"})
    result = services.findings_bulk(findings=_all(), wanted=wanted, actor=officer)
    assert result.refused[0].code == "finding_changed"


def test_more_than_can_be_done_at_once_is_refused_as_a_whole(run, officer, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    for _ in range(3):
        factories.finding(run)
    with pytest.raises(InvalidInput) as caught:
        services.findings_bulk(findings=_all(), wanted=START, actor=officer)
    assert caught.value.code == "bulk_too_many"
    assert not Finding.objects.filter(state=FindingState.IN_PROGRESS).exists()


@pytest.mark.parametrize("act", ["start", "comment", "propose_acceptance"])
def test_queries_do_not_grow_with_the_findings(officer, act):
    facts = {"start": START.facts, "comment": {"text": "hello"}}

    def queries(total: int) -> int:
        run = factories.run(factories.version(factories.service(f"s-{total}")))
        made = [factories.finding(run).pk for _ in range(total)]
        rows = Finding.objects.filter(pk__in=made).order_by("pk")
        with CaptureQueriesContext(connection) as captured:
            result = services.findings_bulk(
                findings=rows, wanted=Bulk(act, facts.get(act) or _terms()), actor=officer
            )
        assert len(result.done) == total
        return len(captured)

    queries(1)
    assert queries(30) == queries(2)  # more would not fit into one statement of SQLite


def _terms():
    from tests.findings.test_acceptance import _terms as terms

    return {"terms": terms()}


def _client(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_page_asks_first_and_changes_nothing(run, officer):
    finding = factories.finding(run)
    response = _client(officer).post(
        reverse("finding-bulk"), {"act": "start", "finding": [finding.pk]}
    )
    html = response.content.decode()
    assert "Do it for 1 finding" in html
    assert finding.label in html
    finding.refresh_from_db()
    assert finding.state == FindingState.OPEN


ALL = {"act": "start", "scope": "all", "query": "severity=high"}


def _asked(client, data):
    """What the form of the first step carries, ready for a reason."""
    html = client.post(reverse("finding-bulk"), data).content.decode()
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html)
    return dict(hidden)


def _confirmed(client, asked, **reason):
    return client.post(reverse("finding-bulk"), asked | reason).content.decode()


def test_the_page_does_it_for_all_that_match_the_filter_and_nothing_else(run, officer):
    high = [factories.finding(run, severity="high") for _ in range(3)]
    low = factories.finding(run, severity="low")
    client = _client(officer)
    html = _confirmed(client, _asked(client, ALL), category="retrain", note="all of them")
    assert "3 findings were changed" in html
    states = dict(Finding.objects.values_list("pk", "state"))
    assert {states[each.pk] for each in high} == {"in_progress"}
    assert states[low.pk] == "open"


def test_what_matches_the_filter_only_later_is_left_alone(run, officer):
    shown = factories.finding(run, severity="high")
    client = _client(officer)
    asked = _asked(client, ALL)
    later = factories.finding(run, severity="high")
    assert "1 finding was changed" in _confirmed(client, asked, category="data")
    states = dict(Finding.objects.values_list("pk", "state"))
    assert states == {shown.pk: "in_progress", later.pk: "open"}


@pytest.mark.parametrize("chosen", [True, False], ids=["ticked", "all that match"])
def test_what_somebody_changed_after_the_page_was_shown_is_refused_and_named(run, officer, chosen):
    first, second = (factories.finding(run, severity="high") for _ in range(2))
    client = _client(officer)
    data = (
        {"act": "severity", "finding": [first.pk, second.pk]}
        if chosen
        else ALL | {"act": "severity"}
    )
    asked = _asked(client, data)
    services.finding_start(finding=first, actor=officer, category="data")
    html = _confirmed(client, asked, severity="low", category="impact", note="small")
    assert "1 finding was changed" in html
    assert f"{first.label} was changed meanwhile" in html
    severities = dict(Finding.objects.values_list("pk", "severity"))
    assert severities == {first.pk: "high", second.pk: "low"}


def test_a_confirmation_that_names_no_state_changes_nothing_and_asks(run, officer):
    finding = factories.finding(run)
    data = {"act": "start", "finding": [finding.pk], "confirm": "1", "category": "data"}
    assert "Do it for 1 finding" in _confirmed(_client(officer), data)
    assert not Finding.objects.filter(state=FindingState.IN_PROGRESS).exists()


def test_giving_many_to_somebody_asks_why_and_tells_it(run, officer):
    finding = factories.finding(run)
    eve = factories.user("eve", role=Role.ENGINEER)
    client = _client(officer)
    asked = _asked(client, {"act": "assign", "finding": [finding.pk]})
    assert "This field is required." in _confirmed(client, asked, assignee="eve")
    html = _confirmed(client, asked, assignee="eve", category="left", note="Tom is ill.")
    assert "1 finding was changed" in html
    entry = finding.timeline.get()
    assert (entry.reason, entry.note) == ("left", "eve. Tom is ill.")
    event = Event.objects.get(act="finding.assign")
    assert (event.after, event.reason) == ({"assignee": "eve", "reason": "left"}, "Tom is ill.")
    finding.refresh_from_db()
    assert finding.assignee == eve


def test_the_page_never_reaches_what_its_user_may_not_see(run):
    hidden = factories.finding(run)
    stranger = factories.user(role=Role.RISK_OFFICER, unit=factories.unit("treasury"))
    data = {"act": "start", "finding": [hidden.pk], "confirm": "1", "category": "data",
            "chosen": f"{hidden.pk}@{hidden.seen_token}"}  # fmt: skip
    html = _client(stranger).post(reverse("finding-bulk"), data).content.decode()
    assert hidden.title not in html
    hidden.refresh_from_db()
    assert hidden.state == FindingState.OPEN


def test_the_form_of_an_act_that_is_not_filled_in_is_shown_again(run, officer):
    finding = factories.finding(run)
    client = _client(officer)
    asked = _asked(client, {"act": "propose_acceptance", "finding": [finding.pk]})
    html = _confirmed(client, asked, reason="Half of it")
    assert "This field is required." in html
    assert "Half of it" in html
    assert f'value="{asked["chosen"]}"' in html
    assert not Acceptance.objects.exists()


@pytest.mark.parametrize("act", ["", "approve", "delete"])
def test_an_act_that_is_not_offered_in_bulk_is_refused(run, officer, act):
    response = _client(officer).post(reverse("finding-bulk"), {"act": act, "confirm": "1"})
    assert response.status_code == 422


def test_the_api_does_the_same_and_lists_each(run, officer):
    good, done = factories.finding(run), factories.finding(run, state=FindingState.CLOSED)
    body = {"act": "severity", "findings": [good.pk, done.pk, 999_999],
            "data": {"severity": "low", "category": "impact", "note": "small"}}  # fmt: skip
    response = _client(officer).post(
        "/api/v1/findings/bulk/", body, content_type="application/json"
    )
    assert response.status_code == 200
    answer = response.json()
    assert (answer["done"], answer["unchanged"]) == ([good.pk], [])
    assert answer["refused"][0]["finding"] == str(done.pk)
    good.refresh_from_db()
    assert good.severity == "low"


def test_the_api_refuses_what_was_changed_since_it_was_read(run, officer):
    first, second = factories.finding(run), factories.finding(run)
    client = _client(officer)
    rows = client.get("/api/v1/findings/").json()["results"]
    body = {"act": "comment", "findings": [first.pk, second.pk], "data": {"text": "Seen."},
            "seen": {str(row["id"]): row["updated_at"] for row in rows}}  # fmt: skip
    services.finding_start(finding=first, actor=officer, category="data")
    answer = client.post("/api/v1/findings/bulk/", body, content_type="application/json").json()
    assert answer["done"] == [second.pk]
    assert [each["code"] for each in answer["refused"]] == ["finding_changed"]


@pytest.mark.parametrize(
    "body",
    [{}, {"act": "start", "findings": []}, {"act": "nonsense", "findings": [1]},
     {"act": "start", "findings": [1], "data": {"category": "because"}},
     {"act": "start", "findings": [1], "data": {"category": "data"}, "seen": {"one": "x"}},
     {"act": "start", "findings": list(range(1, 1002)), "data": {"category": "data"}}],
    ids=["empty", "none", "unknown act", "wrong reason", "wrong state", "too many"],
)  # fmt: skip
def test_the_api_refuses_a_request_that_makes_no_sense(officer, body):
    response = _client(officer).post(
        "/api/v1/findings/bulk/", body, content_type="application/json"
    )
    assert response.status_code == 400

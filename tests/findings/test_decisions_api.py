"""Acceptances and false positives over the API, and the same through the forms of the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shield.accounts.choices import Role
from shield.findings.models import Acceptance, FalsePositive, Finding
from tests import factories

pytestmark = pytest.mark.django_db


def _client(role, **more) -> Client:
    client = Client()
    client.force_login(factories.user(role=role, **more))
    return client


def _post(client, url, body):
    return client.post(url, body, content_type="application/json")


def _terms(**more):
    return {
        "treatment": "accept", "category": "controls", "reason": "small",
        "expires_at": (timezone.now() + timedelta(days=30)).isoformat(),
    } | more  # fmt: skip


@pytest.fixture
def finding():
    return factories.finding()


@pytest.fixture
def proposed(finding):
    url = f"/api/v1/findings/{finding.pk}/propose-acceptance/"
    response = _post(_client(Role.RISK_OFFICER), url, _terms())
    assert response.status_code == 201, response.content
    return response.json()


def test_an_acceptance_goes_from_proposal_to_approval_to_withdrawal(proposed, finding):
    approver = _client(Role.APPROVER)
    address = f"/api/v1/acceptances/{proposed['id']}/"
    assert approver.get("/api/v1/acceptances/?to_decide=true").json()["count"] == 1
    approved = _post(approver, f"{address}approve/", {"note": "Agreed."}).json()
    assert (approved["status"], approved["finding"]) == ("active", finding.pk)
    assert approver.get("/api/v1/acceptances/?to_decide=true").json()["count"] == 0
    shown = approver.get(f"/api/v1/findings/{finding.pk}/").json()
    assert (shown["state"], shown["sla"]) == ("accepted", "decided")
    assert "withdraw_acceptance" in shown["moves"]
    withdrawn = _post(approver, f"{address}withdraw/", {"note": "Mended."}).json()
    assert (withdrawn["status"], withdrawn["ended_because"]) == ("withdrawn", "person")


def test_a_late_decision_is_a_conflict(proposed):
    address = f"/api/v1/acceptances/{proposed['id']}/"
    assert _post(_client(Role.APPROVER), f"{address}reject/", {"note": "No."}).status_code == 200
    late = _post(_client(Role.APPROVER), f"{address}approve/", {"note": "Yes."})
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")


def test_a_decision_on_a_state_that_is_gone_is_a_conflict(proposed, finding):
    old = {"note": "Yes.", "seen": "2020-01-01T00:00:00+00:00"}
    late = _post(_client(Role.APPROVER), f"/api/v1/acceptances/{proposed['id']}/approve/", old)
    assert (late.status_code, late.json()["code"]) == (409, "finding_changed")
    assert Acceptance.objects.get().status == "proposed"


def test_if_match_holds_for_acts_on_a_finding(finding):
    client = _client(Role.ENGINEER)
    address = f"/api/v1/findings/{finding.pk}/"
    tag = client.get(address)["ETag"]
    Finding.objects.update(title="Another")
    response = client.post(
        f"{address}claim/", {}, content_type="application/json", headers={"If-Match": tag}
    )
    assert response.status_code == 412
    assert Finding.objects.get().assignee is None


@pytest.mark.parametrize(
    "more",
    [{"reason": ""}, {"expires_at": None}, {"expires_at": "soon"}, {"treatment": "x"},
     {"proposer": 1, "expires_at": "2099-01-01T00:00:00Z"}],
)  # fmt: skip
def test_terms_that_are_not_possible_are_refused(finding, more):
    url = f"/api/v1/findings/{finding.pk}/propose-acceptance/"
    assert _post(_client(Role.RISK_OFFICER), url, _terms(**more)).status_code in (400, 422)
    assert not Acceptance.objects.exists()


def test_nobody_sets_what_the_server_decides(finding):
    url = f"/api/v1/findings/{finding.pk}/propose-acceptance/"
    body = _terms(status="active", decider=1, value=0.0)
    made = _post(_client(Role.RISK_OFFICER), url, body).json()
    assert (made["status"], made["decider"]) == ("proposed", None)
    assert made["value"] == finding.measurement.value


def test_a_false_positive_goes_from_claim_to_confirmation(finding):
    body = {"category": "data_error", "reason": "wrong file", "evidence": "see T-1"}
    address = f"/api/v1/findings/{finding.pk}/"
    made = _post(_client(Role.ENGINEER), f"{address}propose-false-positive/", body).json()
    officer = _client(Role.RISK_OFFICER)
    claim = f"/api/v1/false-positives/{made['id']}/"
    assert _post(officer, f"{claim}confirm/", {"note": "Seen."}).json()["status"] == "confirmed"
    words = {"category": "mistake", "note": "It was the right file."}
    assert _post(officer, f"{address}reopen/", words).json()["state"] == "open"


def test_the_pages_propose_and_decide(finding):
    day = (timezone.now() + timedelta(days=30)).date().isoformat()
    officer, approver = _client(Role.RISK_OFFICER), _client(Role.APPROVER)
    form = {"treatment": "accept", "category": "controls", "reason": "small", "expires_at": day}
    response = officer.post(reverse("acceptance-propose", args=[finding.pk]), form)
    acceptance = Acceptance.objects.get()
    assert response["Location"] == acceptance.get_absolute_url()
    html = approver.get(acceptance.get_absolute_url()).content.decode()
    assert "What the gate would do" in html
    approver.post(reverse("acceptance-approve", args=[acceptance.pk]), {"note": "Agreed."})
    acceptance.refresh_from_db()
    assert acceptance.status == "active"
    assert acceptance.expires_at.strftime("%H:%M:%S") == "23:59:59"


def test_what_the_service_refuses_stands_at_the_form_with_what_was_typed(finding):
    day = (timezone.now() + timedelta(days=200)).date().isoformat()
    form = {"treatment": "accept", "category": "controls", "reason": "typed with care",
            "expires_at": day}  # fmt: skip
    url = reverse("acceptance-propose", args=[finding.pk])
    html = _client(Role.RISK_OFFICER).post(url, form).content.decode()
    assert "typed with care" in html
    assert "180 days" in html
    assert not Acceptance.objects.exists()


def test_the_pages_claim_and_confirm_a_false_positive(finding):
    form = {"category": "data_error", "reason": "x", "evidence": "y"}
    _client(Role.ENGINEER).post(reverse("finding-false-positive-propose", args=[finding.pk]), form)
    claim = FalsePositive.objects.get()
    url = reverse("finding-false-positive-confirm", args=[finding.pk, claim.pk])
    _client(Role.APPROVER).post(url, {"note": "ok"})
    finding.refresh_from_db()
    assert finding.state == "false_positive"


def test_text_that_would_deceive_the_eye_is_marked(finding):
    client = _client(Role.ENGINEER)
    client.post(reverse("finding-comment", args=[finding.pk]), {"text": "yes\u202eon <b>"})
    html = client.get(finding.get_absolute_url()).content.decode()
    assert "\u202e" not in html
    assert "U+202E" in html
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize(
    ("query", "found"),
    [("owner=me", 0), ("owner=nobody", 1), ("owner=inactive", 0), ("service=mortgage", 1),
     ("service=mortgage-approval&service=x", 1), ("service=zzz", 0), ("unit=general", 1),
     ("tier=high", 1), ("tier=low", 0), ("pillar=fairness", 1), ("check=fairness", 1),
     ("check=perf", 0), ("pending=acceptance", 0), ("regressed=no", 1), ("regressed=yes", 0),
     ("clock=on_time", 1), ("clock=missed", 0), ("until=30", 0)],
)  # fmt: skip
def test_the_list_narrows_by(finding, query, found):
    response = _client(Role.ENGINEER).get(f"/findings/?{query}")
    assert response.status_code == 200
    assert response.context["table"].paginator.count == found


def test_a_list_offers_no_name_of_a_foreign_unit(finding):
    unit = factories.unit("treasury")
    factories.service("secret-bonds", unit=unit, name="Secret bonds")
    html = _client(Role.ENGINEER, unit=finding.service.unit).get("/findings/").content.decode()
    assert "Secret bonds" not in html
    assert "Treasury" not in html
    assert "General" in html


def test_the_file_of_the_list_has_every_fact(finding):
    rows = b"".join(_client(Role.ENGINEER).get("/findings/?export=csv").streaming_content)
    head, row = rows.decode().strip().split("\r\n")
    facts = dict(zip(head.split(","), row.split(","), strict=False))
    assert facts["id"] == finding.label
    assert {"sla", "pending", "accepted_until", "regressions", "policy_severity", "unit"} <= set(
        facts
    )

"""Nothing that a person typed is lost when somebody else was faster, and sending it again works."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html as parser

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.findings.services import finding_comment, finding_due_change, finding_start
from shield.incidents.models import Incident
from shield.risk.appetite.limits import Limits
from shield.risk.appetite.models import Appetite
from shield.risk.appetite.services import appetite_approve, appetite_propose
from shield.risk.models import PolicyChange
from shield.risk.policies.versions import version_in_force
from tests import factories
from tests.support.pages import World

TYPED = "I looked at the drift of the last quarter <b>closely</b>."


@pytest.fixture
def officer(client: Client, scene: World) -> User:
    person = User.objects.get(username="olga")
    client.force_login(person)
    return person


def sent_by(page: bytes, action: str = "") -> dict[str, Any]:
    """What a browser sends with the form of the page whose action ends so (default: the last one)."""
    found = [form for form in parser.fromstring(page.decode()).forms
             if form.get("method", "").lower() == "post" and (form.get("action") or "").endswith(action)]  # fmt: skip
    # Browsers leave out the line end that stands before a text.
    return {
        name: str(value).removeprefix("\n")
        for name, value in found[-1].form_values()
        if name != "csrfmiddlewaretoken"
    }


def other_was_faster(scene: World) -> str:
    """The token from before somebody else began to work on the finding."""
    seen = scene.finding.seen_token
    finding_start(finding=scene.finding, category="data", note="", actor=scene.user)
    return seen


def test_an_act_on_a_finding_that_changed_keeps_the_words_and_names_who_and_when(
    client: Client, scene: World, officer: User
) -> None:
    url = reverse("finding-severity", args=[scene.finding.pk])
    late = {
        "seen": other_was_faster(scene),
        "severity": "low",
        "category": "impact",
        "note": TYPED,
    }
    response = client.post(url, late)
    assert response.status_code == 409
    html = response.content.decode()
    assert "finding_changed" in html
    assert f"State changed, by {scene.user.username}, 20" in html
    again = sent_by(response.content, url)
    assert (again["note"], again["severity"]) == (TYPED, "low")
    assert "<b>closely</b>" not in html
    client.post(url, again)
    scene.finding.refresh_from_db()
    assert scene.finding.severity == "low"


def test_words_that_cannot_be_used_come_back_with_what_is_wrong(
    client: Client, scene: World, officer: User
) -> None:
    url = reverse("finding-due", args=[scene.finding.pk])
    response = client.post(url, {"due_at": "no day", "category": "other", "note": TYPED})
    assert response.status_code == 422
    assert sent_by(response.content, url)["note"] == TYPED
    assert b"Enter a valid date" in response.content


def test_a_proposal_about_a_finding_that_changed_can_be_sent_again_as_it_stands(
    client: Client, scene: World, officer: User
) -> None:
    url = reverse("finding-false-positive-propose", args=[scene.finding.pk])
    typed = {"category": "wrong_label", "reason": TYPED, "evidence": "Run 12"}
    late = client.post(url, typed | {"seen": other_was_faster(scene)})
    assert late.status_code == 409
    assert "finding_changed" not in late.content.decode()
    assert "was changed meanwhile" in late.content.decode()
    again = sent_by(late.content)
    assert again["reason"] == TYPED
    assert client.post(url, again).status_code == 302
    scene.finding.refresh_from_db()
    assert scene.finding.pending == "false_positive"


def test_a_decision_on_an_acceptance_that_changed_keeps_its_comment(
    client: Client, scene: World
) -> None:
    client.force_login(User.objects.get(username="anna"))
    finding = scene.proposed.finding
    seen = finding.seen_token
    later = finding.due_at.replace(microsecond=0)
    finding_due_change(
        finding=finding, due_at=later, category="other", note="x",
        actor=User.objects.get(username="olga"),
    )  # fmt: skip
    url = reverse("acceptance-approve", args=[scene.proposed.pk])
    late = client.post(url, {"seen": seen, "note": TYPED})
    assert late.status_code == 409
    assert "by olga" in late.content.decode()
    assert client.post(url, sent_by(late.content, url)).status_code == 302
    scene.proposed.refresh_from_db()
    assert (scene.proposed.status, scene.proposed.decision_note) == ("active", TYPED)


def test_a_comment_is_no_change_that_others_must_look_at_first(
    client: Client, scene: World, officer: User
) -> None:
    seen = scene.finding.seen_token
    finding_comment(finding=scene.finding, text="hello", actor=scene.user)
    url = reverse("finding-start", args=[scene.finding.pk])
    assert client.post(url, {"seen": seen, "category": "data", "note": ""}).status_code == 302


def test_the_second_of_two_who_change_an_incident_keeps_every_text(
    client: Client, scene: World, officer: User
) -> None:
    incident = Incident.objects.exclude(state="closed").order_by("pk")[0]
    url = reverse("incident-change", args=[incident.pk])
    form = sent_by(client.get(url).content)
    first = form | {"title": "First", "reason": "first"}
    assert client.post(url, first).status_code == 302
    late = client.post(url, form | {"root_cause": TYPED, "reason": "second"})
    assert late.status_code == 409
    again = sent_by(late.content)
    assert (again["root_cause"], again["reason"]) == (TYPED, "second")
    assert client.post(url, again).status_code == 302
    incident.refresh_from_db()
    assert incident.root_cause == TYPED


def test_a_step_of_an_incident_that_changed_keeps_its_comment(
    client: Client, scene: World, officer: User
) -> None:
    incident = Incident.objects.filter(state="reported").order_by("pk")[0]
    page = client.get(incident.get_absolute_url()).content
    url = reverse("incident-move", args=[incident.pk, "investigate"])
    form = sent_by(page, url)
    Incident.objects.filter(pk=incident.pk).update(authority="Somebody")
    late = client.post(url, form | {"comment": TYPED})
    assert late.status_code == 409
    assert client.post(url, sent_by(late.content, url)).status_code == 302
    incident.refresh_from_db()
    assert incident.state == "investigating"


def test_a_policy_form_whose_base_was_replaced_moves_onto_the_version_in_force(
    client: Client, scene: World, officer: User
) -> None:
    """The other's cadence and limit are taken over; one's own limit and words stay."""
    url = reverse("policy-propose", args=["low"])
    mine = sent_by(client.get(url).content)
    limit, own = [name for name in mine if name.endswith("-max") and mine[name]][:2]
    others = _approve(client, url, mine | {"cadence_days": "50", limit: "0.097"})
    client.force_login(officer)
    late = client.post(url, mine | {own: "0.096", "reason": TYPED})
    assert late.status_code == 409
    assert f"version {others} since" in late.content.decode()
    assert "approved by anna" in late.content.decode()
    again = sent_by(late.content)
    assert [again[name] for name in ("base", "cadence_days", "reason")] == [
        str(others),
        "50",
        TYPED,
    ]
    assert (float(again[limit]), float(again[own])) == (0.097, 0.096)
    assert client.post(url, again).status_code == 302


def _approve(client: Client, url: str, form: dict[str, Any]) -> int:
    """Propose and approve, as two people; the number of the version that came of it."""
    factories.user("paul", role=Role.RISK_OFFICER)
    client.force_login(User.objects.get(username="paul"))
    answer = client.post(url, form | {"reason": "first"})
    assert answer.status_code == 302
    change = PolicyChange.objects.get(proposer__username="paul")
    PolicyChange.objects.filter(pk=change.pk).update(backtest_state="done", backtest={})
    client.force_login(User.objects.get(username="anna"))
    decide = reverse("policy-change-decide", args=[change.pk])
    assert (
        client.post(
            decide, {"decision": "approve", "category": "evidence", "note": "ok"}
        ).status_code
        == 302
    )
    return version_in_force("low").number


def test_a_second_decision_on_a_policy_keeps_its_note_and_names_the_first(
    client: Client, scene: World, officer: User
) -> None:
    url = reverse("policy-propose", args=["low"])
    _approve(client, url, sent_by(client.get(url).content) | {"cadence_days": "50"})
    change = PolicyChange.objects.get(proposer__username="paul")
    decide = reverse("policy-change-decide", args=[change.pk])
    late = client.post(decide, {"decision": "reject", "category": "weak", "note": TYPED})
    assert late.status_code == 409
    assert "by anna" in late.content.decode()
    assert sent_by(late.content, decide)["note"] == TYPED


def test_limits_of_a_unit_made_against_an_older_version_are_kept(
    client: Client, scene: World, officer: User
) -> None:
    unit = scene.service.unit
    now = Appetite.objects.filter(unit=unit, state="approved").first()
    base = now.number if now else None
    asked = appetite_propose(
        unit=unit, limits=Limits(max_score=33), base=base, reason="x", actor=officer
    )
    appetite_approve(appetite=asked, actor=User.objects.get(username="anna"), note="x")
    url = reverse("risk-unit-appetite", args=[unit.slug])
    asked_for = {"base": base or "", "max_critical": "0", "category": "board", "reason": TYPED}
    late = client.post(url, asked_for)
    assert late.status_code == 409
    again = sent_by(late.content, url)
    assert (again["reason"], again["max_critical"]) == (TYPED, "0")
    assert client.post(url, again).status_code == 302


def test_who_may_not_do_it_gets_no_form_to_send_again(client: Client, scene: World) -> None:
    client.force_login(factories.user(role=Role.ENGINEER))
    url = reverse("finding-severity", args=[scene.finding.pk])
    response = client.post(url, {"severity": "low", "category": "impact", "note": TYPED})
    assert response.status_code == 403
    assert TYPED not in response.content.decode()

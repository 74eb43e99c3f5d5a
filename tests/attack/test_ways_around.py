"""Ways around a limit that are closed: names, filters, tokens, spreadsheets, limits, erasure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.choices import SubmissionState
from assessments.models import Submission
from shield.accounts.choices import Role
from shield.accounts.lockout import doors
from shield.accounts.models import User
from shield.accounts.scopes import SCOPES
from shield.accounts.services import factors_reset, token_create
from shield.accounts.services.users import invitation_path
from shield.audit.models import Event
from shield.common.errors import Conflict
from shield.common.exports import safe_cell
from shield.common.logging import without_personal_data
from shield.findings.services import findings_update
from shield.frameworks.catalogue import frameworks
from shield.frameworks.services import statement_sign
from shield.notify.services.endpoints import Terms, endpoint_change, endpoint_create
from shield.registry.erasure import dataset_erase
from shield.registry.models import Service
from shield.risk.models import PolicyException, TieringAssessment
from shield.risk.policies.exceptions import exception_end
from shield.risk.policies.guard import WouldClose
from shield.risk.policies.models import ChangeState
from shield.risk.policies.versions import version_in_force
from shield.risk.tiering.questionnaire import questionnaire
from shield.risk.tiering.services import tier_assess
from tests import factories
from tests import sample_measurements as sample
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


@pytest.mark.parametrize(
    "written", ["adm\u0131n", "ADM\u0130N".replace("\u0130", "I"), "ａｄｍｉｎ"]
)
def test_every_way_to_write_a_name_is_counted_on_one_door(rf: object, written: str) -> None:
    request = rf.post("/login/")  # type: ignore[attr-defined]
    assert doors(request, written)[0] == doors(request, "admin")[0]


@pytest.mark.parametrize(
    "start", ["=", "\uff1d", "\ufeff=", "\u200b=", "\u00a0=", "\u202e=", " \t@", "\n+", "\u2066-"]
)
def test_no_unseen_character_lets_a_formula_into_a_spreadsheet(start: str) -> None:
    assert safe_cell(f"{start}cmd|'/c calc'!A1").startswith("'")


def test_plain_text_and_numbers_stay_as_they_are_in_a_file() -> None:
    assert [safe_cell(each) for each in (-0.5, " a=b", "نص", "a-b")] == [
        "-0.5",
        " a=b",
        "نص",
        "a-b",
    ]


def test_filters_of_people_tell_no_role_in_a_unit_of_others() -> None:
    own, foreign = factories.unit("own"), factories.unit("foreign")
    both = factories.user("both", unit=own)
    both.grants.create(role=Role.APPROVER, unit=foreign)
    administrator = signed_in(factories.user("adm", role=Role.ADMINISTRATOR, unit=own))

    def names(query: str) -> set[str]:
        rows = administrator.get(f"/api/v1/users/?{query}").json()["results"]
        return {row["username"] for row in rows}

    assert names("role=engineer") == {"both"}
    assert names("unit=own") == {"adm", "both"}
    assert names("role=approver") == names("unit=foreign") == set()
    page = administrator.get("/people/?role=approver").content.decode()
    assert "both@example.org" not in page
    assert "both@example.org" in administrator.get("/people/?role=engineer").content.decode()


@pytest.mark.parametrize("path", ["/api/v1/grants/?user=", "/api/v1/webhook-deliveries/?endpoint="])
def test_a_filter_by_number_tells_not_which_numbers_there_are(path: str) -> None:
    foreign = factories.user(unit=factories.unit("foreign"))
    client = signed_in(factories.user(role=Role.ADMINISTRATOR, unit=factories.unit("own")))
    answers = [client.get(f"{path}{number}") for number in (foreign.pk, 10**9)]
    assert [each.json()["results"] for each in answers] == [[], []]


def test_a_token_for_one_service_reads_only_what_is_signed_for_that_service() -> None:
    service, other = factories.service("one"), factories.service("two")
    signer = factories.user("pia", role=Role.PRIVACY_OFFICER)
    facts = {"framework": "nist-ai-rmf", "text": "x", "days": 30, "actor": signer}
    requirement = next(
        each.id for each in frameworks()["nist-ai-rmf"].requirements if each.statement
    )
    for of in (service, other, None):
        statement_sign(requirement=requirement, service=of, **facts)  # type: ignore[arg-type]
    _, token = token_create(
        user=signer, name="t", days=1, actor="", scopes=["all"], service_key=service.pk
    )
    bearer = {"Authorization": f"Bearer {token}"}
    found = Client().get("/api/v1/statements/", headers=bearer).json()["results"]
    assert [row["service"] for row in found] == ["one"]


def test_a_proposal_that_a_newer_assessment_takes_the_place_of_is_in_the_trail() -> None:
    service, officer = factories.service(tier="critical"), factories.user(role=Role.RISK_OFFICER)
    least = {each.id: each.choices[0].id for each in questionnaire().questions}
    first = tier_assess(service=service, answers=least, reason="x", actor=officer)
    TieringAssessment.objects.filter(pk=first.pk).update(state="proposed")
    tier_assess(service=service, answers=least, reason="y", actor=officer)
    event = Event.objects.get(act="tier.withdraw")
    assert (event.object_id, event.actor) == (str(first.pk), officer.username)


def strict(service: Service, minimum: float) -> PolicyException:
    """An exception in force that is stricter than the tier's limit."""
    officer, approver = (factories.user(role=each) for each in (Role.RISK_OFFICER, Role.APPROVER))
    return PolicyException.objects.create(
        service=service, base=version_in_force("high"), check_id=sample.DIFFERENCE,
        threshold_min=minimum, threshold_max=-minimum, proposer=officer, decider=approver,
        reason="x", state=ChangeState.APPROVED, expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip


def test_nobody_ends_a_stricter_limit_while_a_finding_is_open_that_it_would_close() -> None:
    service = factories.service(tier="high")
    run = factories.run(factories.version(service))
    findings_update(run=run)
    measured = run.checks.get(check_id=sample.DIFFERENCE).measurements.exclude(low=None)
    measured.update(low=-0.09, high=-0.05)  # fails 0.04, passes 0.1
    exception, officer = strict(service, -0.04), factories.user(role=Role.RISK_OFFICER)
    with pytest.raises(WouldClose):
        exception_end(exception=exception, actor=officer, note="x")
    assert exception.is_in_force()
    service.findings.update(state="accepted")
    assert exception_end(exception=exception, actor=officer, note="x").ended_at is not None


def test_erasing_data_takes_no_model_of_another_unit_along() -> None:
    own, foreign = factories.unit("own"), factories.unit("foreign")
    data = factories.dataset(factories.service("mine", unit=own))
    theirs = factories.version(factories.service("theirs", unit=foreign))
    theirs.artefact = data.file
    theirs.save()
    officer = factories.user(role=Role.PRIVACY_OFFICER, unit=own)
    with pytest.raises(Conflict, match="may not erase"):
        dataset_erase(dataset=data, actor=officer, reason="x", everywhere=True)


def test_the_trail_does_not_tell_the_address_that_a_chat_takes_messages_at() -> None:
    secret = "https://hooks.example.org/services/T0/B0/very-secret"
    terms = Terms(name="chat", url=secret, acts=["run.*"])
    row, _secret = endpoint_create(terms=terms, unit=None, actor="root")
    other = Terms(name="chat", url=f"{secret}-2", acts=["run.*"])
    endpoint_change(endpoint=row, terms=other, actor="root")
    told = list(Event.objects.filter(act__startswith="webhook.").values_list("before", "after"))
    assert "very-secret" not in str(told)
    assert "hooks.example.org" in str(told)
    (before, after) = next(each for each in told if each[0])
    assert before["url"] != after["url"]  # that it is another one stays to be seen


def test_a_submission_goes_with_its_service_to_another_unit() -> None:
    own, other = factories.unit("own"), factories.unit("other")
    engineer = factories.user(unit=own)
    run = factories.run(factories.version(factories.service(unit=own)))
    row = Submission.objects.create(
        owner=engineer, unit=own, service_slug=run.service.slug, version_label="1", manifest="",
        manifest_name="shield.yaml", run=run, state=SubmissionState.RUNNING,
    )  # fmt: skip
    client, path = signed_in(engineer), reverse("api-assessment-detail", args=[row.pk])
    assert client.get(path).status_code == 200
    Service.objects.update(unit=other)
    assert client.get(path).status_code == 404
    assert client.get(reverse("api-assessment-list")).json()["results"] == []


def test_no_log_holds_the_link_that_sets_a_password() -> None:
    path = invitation_path(user=factories.user("new", role=None))
    for text in (f"GET {path}", f"POST {path}?next=/", path):
        entry = without_personal_data(None, "info", {"request": text, "event": "request_started"})
        assert path.split("/")[3] not in str(entry)
        assert "/invitations/(removed)" in str(entry)
    entry = without_personal_data(None, "info", {"request": "GET /findings/7/"})
    assert entry == {"request": "GET /findings/7/"}


def test_a_token_of_before_gives_no_decisions_without_the_factor_that_the_role_asks_for(
    settings: Any,
) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({Role.APPROVER})
    person = factories.user("ada", role=Role.VIEWER)
    tokens = {
        scope: token_create(user=person, name="t", days=9, actor="", scopes=[scope])[1]
        for scope in ("all", "read")
    }

    def ask(scope: str) -> tuple[int, str]:
        bearer = {"Authorization": f"Bearer {tokens[scope]}"}
        answer = Client().get("/api/v1/findings/", headers=bearer)
        return answer.status_code, answer.json().get("code", "")

    assert ask("all") == (200, "")
    person.grants.create(role=Role.APPROVER)
    assert ask("all") == (403, "second_factor_required")
    assert ask("read") == (200, "")  # holds no decision
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    assert ask("all") == (200, "")


@pytest.mark.parametrize(("role", "refused"), [
    (Role.ADMINISTRATOR, {"all", "admin"}), (Role.APPROVER, {"all"}), (Role.VIEWER, {"all"}),
    (Role.RISK_OFFICER, {"all", "ci", "findings"}), (Role.ENGINEER, {"all", "ci", "findings"}),
])  # fmt: skip
def test_no_token_does_what_a_role_needs_a_factor_for_without_the_factor(
    settings: Any, role: Role, refused: set[str]
) -> None:
    """Also after the factors were reset; narrower tokens go on."""
    settings.SECOND_FACTOR_ROLES = frozenset({role})
    person, chief = factories.user("ada", role=role), factories.user("root", role=None)
    User.objects.filter(pk=chief.pk).update(is_superuser=True)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    tokens = {
        scope: token_create(user=person, name="t", days=9, actor="", scopes=[scope])[1]
        for scope in SCOPES
    }

    def missing() -> set[str]:
        found = {}
        for scope, token in tokens.items():
            bearer = {"Authorization": f"Bearer {token}"}
            found[scope] = Client().get("/api/v1/services/", headers=bearer).json().get("code")
        return {scope for scope, said in found.items() if said == "second_factor_required"}

    assert missing() == set()
    factors_reset(actor=User.objects.get(pk=chief.pk), user=person, reason="lost")
    assert missing() == refused

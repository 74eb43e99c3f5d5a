"""Nothing is orphaned: what people who left were named for is seen, and can be given to others."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import ApiToken, User
from shield.audit.models import Event
from shield.common.errors import InvalidInput
from shield.findings.models import FalsePositive, Finding
from shield.findings.proposals import measured
from shield.frameworks.services import statement_sign
from shield.incidents.models import Incident
from shield.incidents.services import incident_report
from shield.registry.models import Service
from shield.registry.owners import deputies_set, service_reassign
from shield.registry.ownership import owner_account
from shield.registry.services import service_update
from shield.web.orphans import orphans, orphans_count
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone() -> User:
    return factories.user("gone", role=Role.RISK_OFFICER)


def leave(user: User) -> None:
    user.is_active = False
    user.save()


def owned(by: User, slug: str = "loans", **more: object) -> Service:
    service = factories.service(slug, **more)
    return service_reassign(service=service, owner=by, actor="admin", reason="x")


def test_an_owner_is_the_account_whose_address_or_name_the_text_is(gone: User) -> None:
    assert owner_account(" GONE@example.org ") == gone
    assert owner_account("Gone") == gone
    assert owner_account("nobody@example.org") is None
    factories.user("double", first_name="x").__class__.objects.filter(username="double").update(
        email="gone@example.org"
    )
    assert owner_account("gone@example.org") is None


def test_a_service_is_linked_to_its_owner_when_the_text_changes(gone: User) -> None:
    service = factories.service()
    service_update(service=service, changes={"owner": "gone@example.org"}, actor="olga")
    assert Service.objects.get().owner_user == gone
    service_update(service=service, changes={"owner": "The credit team"}, actor="olga")
    assert Service.objects.get().owner_user is None


def test_a_service_is_orphaned_when_its_owner_leaves_and_not_while_a_deputy_is_there(
    gone: User,
) -> None:
    officer = factories.user(role=Role.RISK_OFFICER)
    service = owned(gone)
    assert list(orphans(officer).services) == []
    leave(gone)
    assert list(orphans(officer).services) == [service]
    deputies_set(service=service, deputies=[factories.user("dora")], actor="olga")
    assert list(orphans(officer).services) == []
    with pytest.raises(InvalidInput):
        deputies_set(service=service, deputies=[gone], actor="olga")


def test_a_retired_service_needs_no_owner(gone: User) -> None:
    service = owned(gone)
    leave(gone)
    Service.objects.filter(pk=service.pk).update(retired_at=timezone.now())
    assert orphans_count(factories.user(role=Role.RISK_OFFICER)) == 0


def everything(of: User) -> Service:
    service = owned(of)
    finding = factories.finding(factories.run(factories.version(service)))
    Finding.objects.filter(pk=finding.pk).update(assignee=of)
    statement_sign(
        framework="mas-feat", requirement="5", text="x", days=9, actor=of, service=service
    )
    incident = incident_report(
        service=service, title="x", what_happened="y", severity="low",
        noticed_at=timezone.now(), actor=of,
    )  # fmt: skip
    Incident.objects.filter(pk=incident.pk).update(manager=of)
    ApiToken.objects.create(
        user=of, name="ci", prefix="abc", digest="d" * 64,
        expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip
    leave(of)
    return service


def test_every_kind_is_counted_for_those_who_may_see_it(gone: User) -> None:
    everything(gone)
    officer = factories.user(role=Role.RISK_OFFICER)
    administrator = factories.user(role=Role.ADMINISTRATOR)
    assert orphans_count(officer) == 4
    assert orphans_count(administrator) == 5, "tokens are for whoever may end them"
    foreign = factories.user(role=Role.RISK_OFFICER, unit=factories.unit("elsewhere"))
    assert orphans_count(foreign) == 0


def test_the_page_gives_services_and_findings_to_somebody_else(client: Client, gone: User) -> None:
    service = everything(gone)
    heir = factories.user("heir")
    client.force_login(factories.user(role=Role.RISK_OFFICER))
    assert b"loans" in client.get("/orphans/").content.lower()
    client.post("/orphans/services/", {"service": service.slug, "owner": "heir", "reason": "Left"})
    client.post("/orphans/findings/", {"left": "gone", "owner": "heir"})
    service.refresh_from_db()
    assert (service.owner, service.owner_user) == ("heir@example.org", heir)
    assert Finding.objects.get().assignee == heir
    assert Event.objects.filter(act="service.change", reason="Left").exists()


def propose(of: User, finding: Finding) -> FalsePositive:
    return FalsePositive.objects.create(
        finding=finding,
        proposer=of,
        category="data_error",
        evidence="Wrong column",
        **measured(finding),
    )


def test_a_claim_of_a_false_positive_whose_proposer_left_is_seen(
    client: Client, gone: User
) -> None:
    finding = factories.finding()
    propose(gone, finding)
    leave(gone)
    officer = factories.user(role=Role.RISK_OFFICER)
    assert orphans(officer).proposals_total == 1
    client.force_login(officer)
    html = client.get("/orphans/").content.decode()
    assert f'href="{finding.get_absolute_url()}"' in html


def test_more_proposals_than_the_page_shows_are_all_counted_and_exported(
    client: Client, gone: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shield.web.views.orphans.SHOWN", 2)
    run = factories.run()
    for _ in range(5):
        propose(gone, factories.finding(run))
    leave(gone)
    client.force_login(factories.user(role=Role.RISK_OFFICER))
    html = client.get("/orphans/").content.decode()
    assert html.count("proposed by gone") == 2
    assert "the export holds all" in html
    exported = client.get("/orphans/?export=json")
    kinds = [row["kind"] for row in json.loads(b"".join(exported.streaming_content))]
    assert kinds.count("proposal") == orphans(exported.wsgi_request.user).proposals_total == 5


OWNER = "/services/loans/owner/"


def test_the_settings_of_a_service_name_its_owner_and_deputies(client: Client, gone: User) -> None:
    service = owned(gone)
    deputies_set(service=service, deputies=[gone], actor="olga")
    leave(gone)
    heir, dora = factories.user("heir"), factories.user("dora")
    client.force_login(factories.user("olga", role=Role.RISK_OFFICER))
    settings = f"{service.get_absolute_url()}?tab=settings"
    assert "This account is switched off" in client.get(settings).content.decode()
    why = {"reason": "left", "comment": "Since May"}
    client.post(OWNER, {"owner": "heir", "deputies": ["dora"], "seen": "gone"} | why)
    service.refresh_from_db()
    assert (service.owner_user, list(service.deputies.all())) == (heir, [dora])
    reasons = Event.objects.filter(act__in=["service.change", "service.deputies"], actor="olga")
    assert set(reasons.exclude(reason="").values_list("reason", flat=True)) == {
        "Somebody has left: Since May"
    }
    client.post(OWNER, {"owner": "", "deputies": [], "seen": "dora"} | why)
    service.refresh_from_db()
    assert (service.owner_user, service.deputies.count()) == (heir, 0)


def test_naming_an_owner_leaves_deputies_that_others_named_meanwhile(
    client: Client, gone: User
) -> None:
    service = owned(gone)
    kim, lea = factories.user("kim"), factories.user("lea")
    deputies_set(service=service, deputies=[gone, lea], actor="olga")
    leave(gone)
    client.force_login(factories.user("olga", role=Role.RISK_OFFICER))
    page = client.get(f"{service.get_absolute_url()}?tab=settings").content.decode()
    (seen,) = re.findall(r'name="seen"\s+value="([^"]*)"', page)
    assert set(seen.split()) == {"gone", "lea"}
    service.deputies.add(kim)
    why = {"reason": "left", "comment": "Since May"}
    client.post(OWNER, {"owner": "kim", "deputies": ["gone"], "seen": seen} | why)
    service.refresh_from_db()
    assert service.owner_user == kim
    assert set(service.deputies.all()) == {gone, kim}  # lea was taken out, kim came meanwhile


def test_owner_and_deputies_are_not_changed_without_a_reason_nor_by_an_engineer(
    client: Client, gone: User
) -> None:
    service = owned(gone)
    factories.user("heir")
    client.force_login(factories.user(role=Role.RISK_OFFICER))
    answer = client.post(OWNER, {"owner": "heir", "reason": "left", "comment": ""}, follow=True)
    assert "Comment: " in answer.content.decode()
    client.force_login(factories.user(role=Role.ENGINEER))
    why = {"reason": "left", "comment": "x"}
    assert client.post(OWNER, {"owner": "heir"} | why).status_code == 403
    assert OWNER not in client.get(f"{service.get_absolute_url()}?tab=settings").content.decode()
    service.refresh_from_db()
    assert service.owner_user == gone


@pytest.mark.parametrize(
    ("role", "moves", "retires"),
    [(Role.RISK_OFFICER, False, True), (Role.ADMINISTRATOR, True, False)],
)
def test_the_settings_offer_what_one_may_do(
    client: Client, gone: User, role: Role, *, moves: bool, retires: bool
) -> None:
    service = owned(gone)
    client.force_login(factories.user(role=role))
    html = client.get(f"{service.get_absolute_url()}?tab=settings").content.decode()
    assert ("/services/loans/unit/" in html, "/services/loans/retire/" in html) == (moves, retires)


def test_a_foreign_service_is_not_reassigned(client: Client, gone: User) -> None:
    service = owned(gone, unit=factories.unit("theirs"))
    leave(gone)
    factories.user("heir")
    client.force_login(factories.user(role=Role.RISK_OFFICER, unit=factories.unit("own")))
    client.post("/orphans/services/", {"service": service.slug, "owner": "heir"})
    service.refresh_from_db()
    assert service.owner == "gone@example.org"


def test_an_administrator_ends_the_tokens(client: Client, gone: User) -> None:
    everything(gone)
    client.force_login(factories.user(role=Role.ADMINISTRATOR))
    client.post("/orphans/tokens/")
    assert ApiToken.objects.get().revoked_at is not None


def test_the_export_names_every_kind(client: Client, gone: User) -> None:
    everything(gone)
    client.force_login(factories.user(role=Role.ADMINISTRATOR))
    response = client.get("/orphans/?export=json")
    rows = json.loads(b"".join(response.streaming_content))
    kinds = {row["kind"] for row in rows}
    assert kinds == {"service", "findings", "statement", "incident", "token"}


def test_the_count_needs_a_fixed_number_of_queries(gone: User) -> None:
    officer = factories.user(role=Role.RISK_OFFICER)
    everything(gone)
    for number in range(5):
        owned(factories.user(f"also-{number}"), f"service-{number}")
    User.objects.filter(username__startswith="also").update(is_active=False)
    assert officer.grant_list
    with CaptureQueriesContext(connection) as captured:
        assert orphans_count(officer) == 9
    assert len(captured) <= 12


def test_services_beyond_the_first_page_are_reached_by_its_links(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shield.web.views.orphans.SHOWN", 2)
    for number in range(3):
        factories.service(f"alone-{number}", name=f"Alone {number}", owner="nobody")
    client.force_login(factories.user(role=Role.RISK_OFFICER))
    first = client.get("/orphans/").content.decode()
    assert "Alone 1" in first
    assert "Alone 2" not in first
    assert 'href="?page=2"' in first
    assert "Alone 2" in client.get("/orphans/?page=2").content.decode()
    assert client.get("/orphans/?page=nonsense").status_code == 200

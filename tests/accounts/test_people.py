"""Who may change what people may do: with a reason, never their own, never in a foreign unit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from shield.accounts import services
from shield.accounts.changes import PERSON_LEFT
from shield.accounts.choices import Role
from shield.accounts.models import Grant, User
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.registry.moves import service_move
from tests import factories
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def local(db: None) -> User:
    """The administrator of retail only."""
    return factories.user("local", role=Role.ADMINISTRATOR, unit=factories.unit("retail"))


def client_of(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def api(client: Client, path: str, **body: object) -> tuple[int, str]:
    response = client.post(f"/api/v1/{path}", body, content_type=JSON)
    return response.status_code, response.json().get("code", "") if response.content else ""


def test_nobody_gives_or_takes_their_own_roles_by_any_way(root: User) -> None:
    client, grant = client_of(root), root.grants.get()
    facts = {"user": root.pk, "role": "viewer", "reason": "why not"}
    assert api(client, "grants/", **facts) == (403, "own_grant")
    assert api(client, f"grants/{grant.pk}/end/", reason="x") == (403, "own_grant")
    form = {"role": "viewer", "reason": "why not", "unit": "", "tier_limit": ""}
    assert client.post(f"/people/{root.pk}/grants/", form).status_code == 403
    assert client.post(f"/people/grants/{grant.pk}/end/", {"reason": "x"}).status_code == 403
    for act in ("off", "invite", "factors", "sign-out"):
        assert client.post(f"/people/{root.pk}/{act}/", {"reason": "x"}).status_code == 403
    token = services.token_create(user=root, name="t", days=1, actor="")[1]
    bearer = {"Authorization": f"Bearer {token}"}
    response = Client().post("/api/v1/grants/", facts, content_type=JSON, headers=bearer)
    assert response.json()["code"] == "own_grant"
    superuser = factories.user("boss", role=None, is_superuser=True)
    with pytest.raises(NotPermitted, match="their own roles"):
        services.grant_give(actor=superuser, user=superuser, role="viewer", reason="x")
    assert Grant.objects.filter(user=root).count() == 1


def test_an_administrator_of_a_unit_gives_roles_only_there(local: User) -> None:
    factories.unit("payments")
    user, client = factories.user("dan", unit=factories.unit("retail")), client_of(local)
    give = {"user": user.pk, "role": "viewer", "reason": "joins"}
    assert api(client, "grants/", **give, unit="retail")[0] == 201
    assert api(client, "grants/", **give, unit="payments")[0] == 404
    assert api(client, "grants/", **give) == (403, "not_permitted")
    with pytest.raises(NotPermitted):
        services.grant_give(
            actor=local, user=user, role="viewer", unit=factories.unit("payments"), reason="x"
        )
    html = client.get(f"/people/{user.pk}/").content.decode()
    assert "Payments" not in html
    assert ">Everywhere<" not in html


def test_an_administrator_of_a_unit_sees_only_the_roles_there_and_not_the_others(
    local: User,
) -> None:
    payments = factories.unit("payments")
    both = factories.user("both", unit=factories.unit("retail"))
    elsewhere = Grant.objects.create(user=both, role=Role.APPROVER, unit=payments)
    foreign = factories.user("foreign", unit=payments)
    fresh = factories.user("fresh", role=None)
    client = client_of(local)
    listed = {row["username"]: row for row in client.get("/api/v1/users/").json()["results"]}
    assert set(listed) == {"local", "both", "fresh"}
    assert [grant["role"] for grant in listed["both"]["grants"]] == ["engineer"]
    assert client.get(f"/people/{foreign.pk}/").status_code == 404
    assert api(client, f"grants/{elsewhere.pk}/end/", reason="x")[0] == 404
    assert client.post(f"/people/grants/{elsewhere.pk}/end/", {"reason": "x"}).status_code == 404
    assert api(client, f"users/{both.pk}/off/", reason="x") == (403, "not_permitted")
    assert api(client, f"users/{fresh.pk}/off/", reason="x")[0] == 200
    both.refresh_from_db()
    assert both.is_active


def test_a_superuser_is_nobody_that_a_unit_looks_after(local: User) -> None:
    boss = factories.user(
        "boss", role=Role.VIEWER, unit=factories.unit("retail"), is_superuser=True
    )
    assert api(client_of(local), f"users/{boss.pk}/invite/", reason="x") == (403, "not_permitted")


def test_the_last_administrator_of_everything_stays(root: User) -> None:
    other = factories.user("other", role=Role.ADMINISTRATOR)
    services.grant_take(actor=root, grant=other.grants.get(), reason="leaves")
    with pytest.raises(Conflict, match="last administrator"):
        services.grant_remove(grant=root.grants.get(), actor="command line")
    superuser = factories.user("boss", role=None, is_superuser=True)
    with pytest.raises(Conflict, match="last administrator"):
        services.person_switch_off(actor=superuser, user=root, reason="x")
    off = factories.user("gone", role=Role.ADMINISTRATOR, is_active=False)
    with pytest.raises(Conflict, match="last administrator"):
        services.person_switch_off(actor=superuser, user=root, reason="x")
    assert off.grants.exists()


def test_administrators_hold_no_approvals(root: User) -> None:
    person = factories.user("dan", role=Role.APPROVER)
    with pytest.raises(Conflict, match="hold no approvals"):
        services.grant_give(actor=root, user=person, role="administrator", reason="x")
    with pytest.raises(Conflict, match="hold no approvals"):
        services.grant_add(user=root, role="approver", actor="x", unit=factories.unit("retail"))


def test_a_role_needs_a_reason_and_is_in_the_trail_of_its_unit(root: User) -> None:
    user, unit = factories.user("dan"), factories.unit("retail")
    with pytest.raises(InvalidInput):
        services.grant_give(actor=root, user=user, role="viewer", unit=unit, reason="  ")
    services.grant_give(actor=root, user=user, role="viewer", unit=unit, reason="joins retail")
    event = Event.objects.get(act="user.grant")
    assert (event.actor, event.reason, event.unit) == ("root", "joins retail", unit.pk)


def test_an_invitation_is_shown_once_sets_a_password_once_and_is_kept_nowhere(root: User) -> None:
    client = client_of(root)
    form = {"username": "dan", "email": "dan@example.org", "role": "engineer", "reason": "new"}
    html = client.post("/people/new/", form).content.decode()
    path = html[html.index("/invitations/") :].split('"')[0].split("<")[0]
    assert path.rsplit("/", 2)[1] not in str(list(Event.objects.values()))
    guest = Client()
    page = guest.get(path, follow=True)
    here = page.redirect_chain[-1][0]
    assert path != here  # the secret left the address before the page could leak it
    short = {"new_password1": "short", "new_password2": "short"}
    assert guest.post(here, short).status_code == 200
    good = {"new_password1": "anvil grey tuesday", "new_password2": "anvil grey tuesday"}
    assert guest.post(here, good)["Location"] == "/login/"
    assert Client().login(username="dan", password="anvil grey tuesday")
    assert "used before" in Client().get(path, follow=True).content.decode()


def test_a_link_of_somebody_who_was_switched_off_is_void(root: User) -> None:
    user, path = services.person_invite(actor=root, username="dan", role="viewer", reason="new")
    services.person_switch_off(actor=root, user=user, reason="changed his mind")
    assert "used before" in Client().get(path, follow=True).content.decode()


def test_rooms_above_learn_of_somebody_who_left(root: User) -> None:
    told: list[str] = []
    PERSON_LEFT.add("test", lambda user: told.append(user.username))
    try:
        user = factories.user("dan")
        services.person_switch_off(actor=root, user=user, reason="left")
        services.person_switch_off(actor=root, user=user, reason="left")
    finally:
        PERSON_LEFT._listeners.pop("test")
    assert told == ["dan"]


def test_names_that_look_like_others_are_refused(root: User) -> None:
    factories.user("mira")
    for name in ("Mira", "mi\u200bra", "mira\u202e", "mi\x00ra", "x" * 151, "a b"):
        form = {"username": name, "role": "viewer", "reason": "new"}
        status, _ = api(client_of(root), "users/", **form)
        assert status in {400, 409, 422}, name
    assert User.objects.count() == 2


def test_what_a_body_may_not_set_is_not_set(root: User) -> None:
    client = client_of(root)
    extra = {
        "is_superuser": True, "is_staff": True, "is_active": False, "grants": [{"role": "approver"}],
        "password": "x", "id": 1, "source": "provider", "session_epoch": 9,
    }  # fmt: skip
    api(client, "users/", username="dan", role="viewer", reason="new", **extra)
    user = User.objects.get(username="dan")
    assert (user.is_superuser, user.is_staff, user.is_active) == (False, False, True)
    assert not user.has_usable_password()
    assert [(grant.role, grant.source) for grant in user.grants.all()] == [("viewer", "person")]
    response = client.post(
        "/api/v1/tokens/",
        {
            "name": "x",
            "scopes": ["read"],
            "user": user.pk,
            "digest": "0",
            "expires_at": "2999-01-01",
        },
        content_type=JSON,
    )
    assert response.status_code == 201
    assert root.api_tokens.get().expires_at.year < 2999
    api(client, "units/", name="New", id=77, created_at="2000-01-01")
    response = client.patch("/api/v1/units/new/", {"name": "N", "slug": "zz"}, content_type=JSON)
    assert response.json()["slug"] == "new"


def test_a_service_moves_only_between_units_of_the_mover_and_both_see_it(
    root: User, local: User
) -> None:
    retail, payments = factories.unit("retail"), factories.unit("payments")
    service = factories.service("ours", unit=retail)
    with pytest.raises(NotPermitted):
        service_move(actor=local, service=service, unit=payments, reason="x")
    client = client_of(local)
    assert api(client, "services/ours/move/", unit="payments", reason="x")[0] == 404
    assert (
        client.post("/services/ours/unit/", {"unit": payments.pk, "reason": "x"}).status_code == 422
    )
    moved = service_move(actor=root, service=service, unit=payments, reason="new owner")
    assert moved.unit == payments
    assert set(Event.objects.filter(act="service.move").values_list("unit", flat=True)) == {
        retail.pk, payments.pk,
    }  # fmt: skip
    assert client.get("/services/ours/").status_code == 404


def test_units_are_made_and_renamed(root: User, local: User) -> None:
    client = client_of(root)
    client.post("/units/", {"name": "Private banking"})
    assert "private-banking" in client.get("/units/").content.decode()
    with pytest.raises(Conflict):
        services.unit_create(actor=root, name="Private  Banking")
    assert client_of(local).post("/units/", {"name": "Mine"}).status_code == 403
    assert client_of(local).post("/units/retail/name/", {"name": "Retail bank"}).status_code == 302
    assert client_of(local).post("/units/private-banking/name/", {"name": "X"}).status_code == 404
    assert Event.objects.get(act="unit.rename").after == {"name": "Retail bank"}


@pytest.mark.parametrize("acts", [
    (services.invitation_renew, services.factors_reset),
    (services.factors_reset, services.invitation_renew),
], ids=["password first", "factors first"])  # fmt: skip
def test_one_administrator_alone_does_not_replace_both_password_and_factors(
    root: User, acts: tuple[Callable[..., object], Callable[..., object]]
) -> None:
    person = factories.user("ada", role=Role.APPROVER)
    first, second = acts
    for act in acts:  # nobody has been here yet: it is an invitation like any other
        act(actor=root, user=person, reason="typing error in the name")
    person.last_login = timezone.now()
    person.save()
    first(actor=root, user=person, reason="lost")
    first(actor=root, user=person, reason="lost")
    second(actor=root, user=person, reason="lost")  # there is no other administrator to ask
    chief = factories.user("chief", role=Role.ADMINISTRATOR)
    with pytest.raises(NotPermitted) as error:
        second(actor=root, user=person, reason="lost")
    assert error.value.code == "second_person"
    second(actor=chief, user=person, reason="lost")
    person.last_login = timezone.now()
    person.save()
    second(actor=root, user=person, reason="lost")


def test_the_page_says_that_a_second_administrator_is_needed(root: User) -> None:
    factories.user("chief", role=Role.ADMINISTRATOR)
    person = factories.user("ada", role=Role.APPROVER, last_login=timezone.now())
    assert api(client_of(root), f"users/{person.pk}/factors/", reason="x")[0] == 200
    refused = api(client_of(root), f"users/{person.pk}/invite/", reason="x")
    assert refused == (403, "second_person")
    page = client_of(root).post(f"/people/{person.pk}/invite/", {"reason": "x"})
    assert page.status_code == 403
    assert "Ask another administrator" in page.content.decode()

"""Signing in through an identity provider that really runs, on this machine, for the tests."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.core.checks import Error
from django.http import HttpResponse
from django.test import Client
from oidc_provider_mock import run_server_in_thread

from shield.accounts import oidc, services
from shield.accounts.choices import GrantSource, Role
from shield.accounts.models import Grant, User
from shield.audit.models import Event
from shield.checks import identity_provider
from tests import factories
from tests.support.pages import PASSWORD
from tests.support.signing_in import sign_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the provider's own libraries
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def _configured(settings: object, provider: str) -> None:
    settings.OIDC_ISSUER = provider  # type: ignore[attr-defined]
    settings.OIDC_CLIENT_ID = "shield"  # type: ignore[attr-defined]
    settings.OIDC_CLIENT_SECRET = "a secret of the tests"  # type: ignore[attr-defined]
    settings.OIDC_GRANTS = {  # type: ignore[attr-defined]
        "ai-risk": ["risk_officer"],
        "retail-ml": ["engineer@retail", "viewer@nowhere"],
        "chiefs": ["approver@retail:high"],
        "it": ["administrator"],
    }
    factories.unit("retail")


def known(provider: str, sub: str, **claims: object) -> None:
    """What the provider says of somebody."""
    requests.put(f"{provider}/users/{sub}", json=claims, timeout=5).raise_for_status()


def there(client: Client, sub: str, query: str = "") -> str:
    """To the provider, signed in there as `sub`; the address that it sends the browser back to."""
    begun = client.get(f"/login/oidc/{query}")
    assert begun.status_code == 302, begun.content
    answer = requests.post(begun["Location"], data={"sub": sub}, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def arrive(client: Client, sub: str, query: str = "") -> HttpResponse:
    """The whole way."""
    return client.get(there(client, sub, query))


def test_the_request_carries_pkce_state_and_nonce(provider: str) -> None:
    client = Client()
    sent = urlsplit(client.get("/login/oidc/")["Location"])
    asked = {key: value[0] for key, value in parse_qs(sent.query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 16
    assert asked["nonce"] == client.session[oidc.NONCE]
    assert "openid" in asked["scope"].split()
    assert asked["redirect_uri"] == "http://testserver/login/oidc/callback/"
    tampered = client.get("/login/oidc/?scope=admin&auth_params=nonce%3Devil")["Location"]
    assert "admin" not in tampered
    assert "evil" not in tampered


def test_somebody_new_gets_an_account_and_no_grant(provider: str) -> None:
    known(provider, "s-1", preferred_username="ada", email="ada@example.org", groups=["unmapped"])
    client = Client()
    assert arrive(client, "s-1")["Location"] == "/account/"
    user = User.objects.get()
    assert (user.username, user.email, user.grants.count()) == ("ada", "ada@example.org", 0)
    assert not user.has_usable_password()
    assert "no role yet" in client.get("/account/").content.decode()
    assert client.get("/services/").status_code == 403
    made, entered = (Event.objects.get(act=f"user.{act}") for act in ("create", "sign_in"))
    assert made.after == {"by": "oidc"}
    assert entered.after["by"] == ["oidc"]


def test_grants_follow_the_groups_at_every_sign_in(provider: str) -> None:
    known(provider, "s-2", preferred_username="ada", groups=["retail-ml", "chiefs"])
    arrive(Client(), "s-2")
    user = User.objects.get()
    held = set(user.grants.values_list("role", "unit__slug", "tier_limit", "source"))
    assert held == {
        ("engineer", "retail", "", "provider"),
        ("approver", "retail", "high", "provider"),
    }
    Grant.objects.create(user=user, role=Role.VIEWER)
    known(provider, "s-2", preferred_username="ada", groups=["ai-risk"])
    arrive(Client(), "s-2")
    held = set(user.grants.values_list("role", "unit__slug", "source"))
    assert held == {("risk_officer", None, "provider"), ("viewer", None, "person")}
    known(provider, "s-2", preferred_username="ada")
    arrive(Client(), "s-2")
    assert [grant.role for grant in user.grants.all()] == ["viewer"]
    assert Event.objects.filter(act="user.grant_remove", actor="identity provider").count() == 3


def test_what_a_person_gave_here_is_not_taken_by_the_provider(provider: str) -> None:
    known(provider, "s-3", preferred_username="ada", groups=["ai-risk"])
    arrive(Client(), "s-3")
    grant = Grant.objects.get()
    Grant.objects.filter(pk=grant.pk).update(source=GrantSource.PERSON)
    known(provider, "s-3", preferred_username="ada")
    arrive(Client(), "s-3")
    assert Grant.objects.filter(pk=grant.pk).exists()


def test_the_last_administrator_stays_when_the_group_is_gone(provider: str) -> None:
    known(provider, "s-4", preferred_username="ada", groups=["it"])
    arrive(Client(), "s-4")
    known(provider, "s-4", preferred_username="ada")
    arrive(Client(), "s-4")
    assert [grant.role for grant in User.objects.get().grants.all()] == ["administrator"]


def test_roles_that_are_kept_apart_are_not_mapped_together(provider: str) -> None:
    known(provider, "s-5", preferred_username="ada", groups=["it", "chiefs"])
    arrive(Client(), "s-5")
    assert [grant.role for grant in User.objects.get().grants.all()] == ["administrator"]


def test_a_name_or_an_address_at_the_provider_takes_over_no_account(provider: str) -> None:
    mine = factories.user("root", role=Role.ADMINISTRATOR)
    known(provider, "s-6", preferred_username="root", email=mine.email, email_verified=True)
    arrive(Client(), "s-6")
    assert User.objects.count() == 2
    other = User.objects.exclude(pk=mine.pk).get()
    assert other.username.lower() != "root"
    assert not other.grants.exists()


def test_the_same_subject_at_another_issuer_is_somebody_else(
    provider: str, settings: object
) -> None:
    known(provider, "s-7", preferred_username="ada")
    arrive(Client(), "s-7")
    with run_server_in_thread() as second:
        settings.OIDC_ISSUER = f"http://localhost:{second.server_port}"  # type: ignore[attr-defined]
        arrive(Client(), "s-7")
    assert User.objects.count() == 2


def test_hidden_characters_in_claims_do_not_become_a_name(provider: str) -> None:
    known(provider, "s-8", preferred_username="ro\u202eot", name="x\u200by", email="not an address")
    arrive(Client(), "s-8")
    user = User.objects.get()
    assert user.username.isascii()
    assert (user.first_name, user.email) == ("", "")


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_way_back_leads_only_here(provider: str, target: str) -> None:
    known(provider, "s-9", preferred_username="ada", groups=["ai-risk"])
    assert arrive(Client(), "s-9", f"?next={target}")["Location"] == "/"
    assert arrive(Client(), "s-9", "?next=/findings/")["Location"] == "/findings/"


def refused(client: Client, path: str) -> bool:
    response = client.get(path)
    return response.status_code == 302 and response["Location"] == "/login/"


def test_an_answer_without_the_state_of_this_browser_is_refused(provider: str) -> None:
    known(provider, "s-10", preferred_username="ada")
    path = there(Client(), "s-10")
    assert refused(Client(), path)
    assert refused(Client(), "/login/oidc/callback/")
    assert refused(Client(), "/login/oidc/callback/?error=access_denied&state=x")
    client = Client()
    path = there(client, "s-10")
    assert client.get(path).status_code == 302
    assert refused(Client(), path)
    assert User.objects.count() == 1


def test_a_code_of_somebody_elses_sign_in_is_refused(provider: str) -> None:
    known(provider, "victim", preferred_username="victim", groups=["ai-risk"])
    stolen = parse_qs(urlsplit(there(Client(), "victim")).query)["code"][0]
    attacker = Client()
    own = parse_qs(urlsplit(attacker.get("/login/oidc/")["Location"]).query)["state"][0]
    assert refused(attacker, f"/login/oidc/callback/?code={stolen}&state={own}")
    assert not User.objects.exists()


def token_with(header: dict[str, object], claims: dict[str, object]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header, claims)
    ]
    return b".".join([*parts, b"eA"]).decode()


@pytest.mark.parametrize("what", ["none", "hs256", "rubbish", "nonce", "sub", "issuer", "audience"])
def test_a_forged_id_token_is_refused(provider: str, what: str, settings: object) -> None:
    known(provider, "s-11", preferred_username="ada", groups=["it"])
    client = Client()
    path = there(client, "s-11")
    real = oidc.TokenVerifier.get_access_token_data

    def forged(self: object, *args: object, **kwargs: object) -> dict[str, object]:
        data = real(self, *args, **kwargs)  # type: ignore[arg-type]
        claims = json.loads(base64.urlsafe_b64decode(data["id_token"].split(".")[1] + "=="))
        if what in ("none", "hs256"):
            data["id_token"] = token_with({"alg": {"none": "none", "hs256": "HS256"}[what]}, claims)
        elif what == "rubbish":
            data["id_token"] = "x.y"
        return dict(data)

    if what == "nonce":
        session = client.session
        session[oidc.NONCE] = "another"
        session.save()
    if what == "audience":
        settings.OIDC_CLIENT_ID = "another"  # type: ignore[attr-defined]
    patches = [mock.patch.object(oidc.TokenVerifier, "get_access_token_data", forged)]
    if what == "sub":
        patches.append(
            mock.patch.object(
                oidc.TokenVerifier, "_fetch_user_info", return_value={"sub": "somebody else"}
            )
        )
    if what == "issuer":
        config = oidc.TokenVerifier.openid_config.fget
        lying = property(lambda self: config(self) | {"issuer": "https://evil.example"})
        patches.append(mock.patch.object(oidc.TokenVerifier, "openid_config", lying))
    with ExitStack() as lies:
        for patch in patches:
            lies.enter_context(patch)
        assert refused(client, path)
    assert not User.objects.exists()


def test_somebody_who_was_switched_off_stays_out(provider: str, root: User) -> None:
    known(provider, "s-12", preferred_username="ada", groups=["ai-risk"])
    arrive(Client(), "s-12")
    user = User.objects.get(username="ada")
    services.person_switch_off(actor=root, user=user, reason="left")
    client = Client()
    assert arrive(client, "s-12")["Location"] == "/login/"
    assert "cannot sign in" in client.get("/login/").content.decode()
    assert client.get("/account/").status_code == 302


def test_a_second_factor_here_is_asked_for_after_the_provider(provider: str) -> None:
    known(provider, "s-13", preferred_username="ada", groups=["ai-risk"])
    arrive(Client(), "s-13")
    TOTP.activate(User.objects.get(), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    client = Client()
    assert arrive(client, "s-13")["Location"] == "/login/second-factor/"
    assert client.get("/account/").status_code == 302


def test_linking_the_own_account_needs_a_fresh_sign_in_and_then_both_ways_lead_in(
    provider: str,
) -> None:
    user = factories.user("mira")
    known(provider, "s-14", preferred_username="somebody", groups=["ai-risk"])
    client = Client()
    sign_in(client, user, ago_s=3600)
    assert "/account/again/" in client.get("/login/oidc/?process=connect")["Location"]
    sign_in(client, user)
    assert arrive(client, "s-14", "?process=connect")["Location"] == "/account/"
    assert SocialAccount.objects.get().user == user
    arrive(Client(), "s-14")
    assert User.objects.count() == 1
    assert set(user.grants.values_list("role", flat=True)) == {"engineer", "risk_officer"}
    assert Client().get("/login/oidc/?process=redirect").status_code == 404


def test_a_link_that_cannot_be_written_down_is_none(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = factories.user("mira")
    known(provider, "s-14", preferred_username="somebody", groups=["ai-risk"])
    client = Client()
    sign_in(client, user)

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("shield.accounts.oidc.about", fail)
    with pytest.raises(OSError, match="disk full"):
        arrive(client, "s-14", "?process=connect")
    assert not SocialAccount.objects.exists()


def test_somebody_without_password_or_factor_signs_in_again_before_sensitive_acts(
    provider: str,
) -> None:
    known(provider, "s-15", preferred_username="ada", groups=["ai-risk"])
    client = Client()
    arrive(client, "s-15")
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 3600
    session.save()
    asked = client.post("/account/tokens/", {"name": "ci", "scopes": ["ci"], "days": 5})
    assert asked["Location"].startswith("/login/?next=")
    assert client.get("/account/").status_code == 302


def test_only_what_is_needed_of_the_claims_is_kept(provider: str) -> None:
    known(provider, "s-16", preferred_username="ada", groups=["x"], birthdate="1815-12-10")
    arrive(Client(), "s-16")
    kept = SocialAccount.objects.get()
    assert kept.extra_data == {"iss": provider, "sub": "s-16", "groups": ["x"]}
    assert kept.uid == hashlib.sha256(f"{provider}\ns-16".encode()).hexdigest()


def test_passwords_can_be_switched_off(settings: object) -> None:
    settings.LOCAL_LOGIN = False  # type: ignore[attr-defined]
    factories.user("mira")
    html = Client().get("/login/").content.decode()
    assert 'name="password"' not in html
    assert "Sign in with single sign-on" in html
    client = Client()
    client.post("/login/", {"login": "mira", "password": PASSWORD})
    assert client.get("/account/").status_code == 302


def test_without_a_provider_there_is_no_such_way(settings: object) -> None:
    settings.OIDC_ISSUER = ""  # type: ignore[attr-defined]
    assert Client().get("/login/oidc/").status_code == 404
    assert "single sign-on" not in Client().get("/login/").content.decode()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("OIDC_GRANTS", {"x": ["king"]}, "shield.E010"),
        ("OIDC_GRANTS", {"x": "engineer"}, "shield.E010"),
        ("OIDC_GRANTS", ["engineer"], "shield.E010"),
        ("OIDC_GRANTS", {"x": ["engineer@retail:huge"]}, "shield.E010"),
        ("OIDC_CLIENT_ID", "", "shield.E011"),
        ("SECOND_FACTOR_ROLES", frozenset({"king"}), "shield.E013"),
    ],
)
def test_settings_that_cannot_be_are_said_before_the_start(
    settings: object, name: str, value: object, expected: str
) -> None:
    assert identity_provider() == []
    setattr(settings, name, value)
    (found,) = identity_provider()
    assert isinstance(found, Error)
    assert (found.id, bool(found.hint)) == (expected, True)


def test_nobody_could_sign_in_is_said_before_the_start(settings: object) -> None:
    settings.LOCAL_LOGIN, settings.OIDC_ISSUER = False, ""  # type: ignore[attr-defined]
    assert [found.id for found in identity_provider()] == ["shield.E012"]

"""Who may open which page and send which form: the table, and the policy behind every route."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from shield.accounts.choices import Role
from shield.accounts.models import Grant
from shield.accounts.policy import may
from tests import factories
from tests.support.pages import World, pages, world

OPEN_TO_ALL = {"login", "logout", "client", "client-digest"}
WORKS = {Role.ENGINEER, Role.RISK_OFFICER}
TALKS = WORKS | {Role.APPROVER, Role.PRIVACY_OFFICER}
FORMS = {
    "run-start": WORKS,
    "run-cancel": WORKS,
    "finding-comment": TALKS,
    "finding-assign": WORKS,
    "finding-start": WORKS,
    "deployment-start": {Role.ENGINEER},
    "deployment-end": {Role.ENGINEER},
}


def form_url(name: str, of: World) -> str:
    deployment = of.service.deployments.get()
    argument = {
        "run-start": of.run.version_id,
        "run-cancel": of.running.pk,
        "finding-comment": of.finding.pk,
        "finding-assign": of.finding.pk,
        "finding-start": of.finding.pk,
        "deployment-start": of.service.slug,
        "deployment-end": deployment.pk,
    }[name]
    return reverse(name, args=[argument])


@pytest.mark.parametrize("role", Role.values)
def test_every_role_may_read_every_page_that_its_acts_name(
    client: Client, db: None, role: str
) -> None:
    scene = world()
    reader = factories.user(role=role)
    client.force_login(reader)
    for name, url in pages(scene).items():
        assert client.get(url).status_code == _expected(reader, name, url), name


def _expected(reader: object, name: str, url: str) -> int:
    if name == "not found":
        return 404
    act = getattr(getattr(resolve(url.partition("?")[0]).func, "view_class", None), "act", None)
    return 200 if act is None or may(reader, act) else 403


REFUSED = [(role, name) for name, roles in FORMS.items() for role in Role if role not in roles]


@pytest.mark.parametrize(("role", "name"), REFUSED)
def test_a_form_is_refused_to_roles_that_do_not_work_on_it(
    client: Client, scene: World, role: str, name: str
) -> None:
    client.force_login(factories.user(role=role))
    response = client.post(form_url(name, scene), {"text": "hello"})
    assert response.status_code == 403
    assert "not_permitted" in response.content.decode()


@pytest.mark.parametrize("name", [*FORMS, "home", "finding-list"])
def test_whoever_is_not_signed_in_is_sent_to_the_login(
    client: Client, scene: World, name: str
) -> None:
    url = form_url(name, scene) if name in FORMS else reverse(name)
    response = client.post(url) if name in FORMS else client.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))


def test_forms_that_one_may_not_send_are_not_offered(client: Client, scene: World) -> None:
    client.force_login(factories.user(role=Role.VIEWER))
    page = scene.service.get_absolute_url()
    service = "".join(
        client.get(page, {"tab": part}).content.decode() for part in ("overview", "releases")
    )
    finding = client.get(scene.finding.get_absolute_url()).content.decode()
    run = client.get(scene.running.get_absolute_url()).content.decode()
    for name, html in (
        ("run-start", service), ("deployment-start", service), ("deployment-end", service),
        ("finding-comment", finding), ("finding-assign", finding), ("finding-start", finding),
        ("run-cancel", run),
    ):  # fmt: skip
        assert form_url(name, scene) not in html, name


def page_routes(patterns: list[URLPattern | URLResolver]) -> list[URLPattern]:
    """Routes of pages: not the admin's, not the API's."""
    found = []
    for entry in patterns:
        if isinstance(entry, URLPattern):
            found.append(entry)
        elif not str(entry.pattern).startswith(("admin/", "api/")):
            found += page_routes(entry.url_patterns)
    return found


def test_every_page_names_an_act_that_the_policy_knows() -> None:
    officer = type("User", (), {"is_active": True, "is_authenticated": True})
    checked = 0
    for route in page_routes(get_resolver().url_patterns):
        view = getattr(route.callback, "view_class", None)
        if route.name in OPEN_TO_ALL or view is None or not view.__module__.startswith(
            ("shield.web.views", "shield.findings", "assessments")
        ):  # fmt: skip
            continue
        roles = [role for role in Role if may(_with(officer, role), view.act)]
        assert roles, f"{route.name}: no role may {view.act}"
        checked += 1
    assert checked >= 18


def _with(kind: type, role: str) -> object:
    user = kind()
    user.grant_list = [Grant(role=role)]
    return user

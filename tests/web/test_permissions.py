"""Who may open which page and send which form; `tests/permissions` walks every route and unit."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import resolve, reverse

from shield.accounts.choices import Role
from shield.accounts.policy import may
from shield.findings.transitions import TABLE
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
    view = getattr(resolve(url.partition("?")[0]).func, "view_class", None)
    acts = {act for move in getattr(view, "moves", ()) for act in TABLE[move].acts}
    acts |= {view.act} if hasattr(view, "act") else set()
    return 200 if not acts or any(may(reader, act) for act in acts) else 403


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

"""The pages of accounts answer, and list people with a number of queries that does not grow."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shield.accounts.choices import Role
from shield.accounts.models import User
from tests import factories
from tests.support.account_pages import account_pages, administrator, colleague
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.django_db


def test_every_page_answers() -> None:
    pages = account_pages(colleague())
    client = Client()
    sign_in(client, administrator())
    wrong = {name: client.get(url, follow=True).status_code for name, url in pages.items()}
    assert {name: status for name, status in wrong.items() if status != 200} == {}


@pytest.mark.parametrize(
    "path", ["/people/", "/units/", "/api/v1/users/", "/api/v1/grants/", "/api/v1/units/"]
)
def test_a_list_needs_as_many_queries_for_many_rows_as_for_few(as_root: Client, path: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_root.get(path).status_code == 200
        return len(captured)

    factories.user("first", unit=factories.unit("first"))
    as_root.get(path)
    few = queries()
    for number in range(8):
        person = factories.user(f"person-{number}", unit=factories.unit(f"unit-{number}"))
        person.grants.create(role=Role.VIEWER)
    assert queries() == few <= 14


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_list_of_people_is_a_file_too(as_root: Client, kind: str) -> None:
    factories.user("=cmd()", unit=factories.unit("retail"))
    body = b"".join(as_root.get(f"/people/?export={kind}").streaming_content).decode()
    assert "Engineer (Retail)" in body
    assert "\n=cmd()" not in body


def test_every_form_is_refused_without_its_protection(root: User) -> None:
    client = Client(enforce_csrf_checks=True)
    sign_in(client, root)
    other = factories.user("dan")
    for path in (
        "/login/", "/logout/", "/account/password/", "/account/sessions/", "/account/tokens/",
        "/account/again/", "/account/security/app/", "/account/security/passkeys/new/",
        "/people/new/", f"/people/{other.pk}/off/", f"/people/{other.pk}/grants/",
        f"/people/{other.pk}/invite/", "/units/", "/login/second-factor/",
    ):  # fmt: skip
        assert client.post(path, {"reason": "x"}).status_code == 403, path
    other.refresh_from_db()
    assert other.is_active


def test_the_admin_is_for_operators_and_changes_nothing(root: User) -> None:
    as_root = Client()
    sign_in(as_root, root)
    assert as_root.get("/admin/").status_code in {302, 403}
    staff = factories.user("staff", role=Role.ADMINISTRATOR, is_staff=True)
    only_staff = Client()
    sign_in(only_staff, staff)
    assert only_staff.get("/admin/login/").status_code == 403
    nobody = Client().get("/admin/", follow=True)
    assert nobody.redirect_chain[-1][0].startswith("/login/")
    operator = Client()
    boss = factories.user("boss", role=None, is_staff=True, is_superuser=True)
    sign_in(operator, boss)
    html = operator.get("/admin/").content.decode()
    assert "Periodic tasks" in html
    for gone in ("Users", "Groups", "Findings", "Events", "Grants", "Authenticators"):
        assert gone not in html
    assert operator.get("/admin/django_celery_beat/periodictask/").status_code == 200
    assert operator.get("/admin/django_celery_beat/periodictask/add/").status_code == 403
    assert operator.post("/admin/django_celery_beat/periodictask/add/", {}).status_code == 403
    assert operator.get("/admin/auth/user/").status_code == 404

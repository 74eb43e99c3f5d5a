"""Error pages: a code and a hint, inside the frame, with the right status."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from shield.common.errors import Conflict, InvalidInput, MissingPrerequisite, NotPermitted
from shield.web.errors import ErrorPages, bad_request, permission_denied
from tests.support.pages import World


@pytest.fixture
def request_of_nobody(db: None) -> HttpRequest:
    return RequestFactory().get("/")


@pytest.mark.parametrize(
    ("family", "status"),
    [(MissingPrerequisite, 503), (InvalidInput, 422), (Conflict, 409), (NotPermitted, 403)],
)
def test_a_shield_error_becomes_a_page_with_code_message_and_hint(
    request_of_nobody: HttpRequest, family: type, status: int
) -> None:
    middleware = ErrorPages(lambda request: None)
    error = family("some.code", "<b>What</b> happened.", "What to do.")
    response = middleware.process_exception(request_of_nobody, error)
    assert response.status_code == status
    html = response.content.decode()
    assert "some.code" in html
    assert "&lt;b&gt;What&lt;/b&gt; happened." in html
    assert "What to do." in html


def test_other_exceptions_are_left_to_django(request_of_nobody: HttpRequest) -> None:
    assert ErrorPages(lambda request: None).process_exception(request_of_nobody, KeyError()) is None


def test_an_address_without_a_page_is_a_404_with_the_navigation(
    signed_in: Client, scene: World
) -> None:
    response = signed_in.get("/nothing/")
    assert response.status_code == 404
    assert 'href="/services/"' in response.content.decode()


def test_malformed_requests_and_refusals_have_pages(request_of_nobody: HttpRequest) -> None:
    assert bad_request(request_of_nobody, SuspiciousOperation()).status_code == 400
    assert permission_denied(request_of_nobody, PermissionDenied()).status_code == 403


def test_a_form_without_its_token_is_refused_with_a_page(scene: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(scene.user)
    response = strict.post(f"/findings/{scene.finding.pk}/comment/", {"text": "x"})
    assert response.status_code == 403
    assert "csrf_failed" in response.content.decode()


def test_the_page_for_faults_needs_nothing_that_could_fail() -> None:
    html = render_to_string("500.html")
    assert "internal_error" in html
    assert "Something went wrong on our side" in html

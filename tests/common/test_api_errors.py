"""Every error of the API has one shape: code, message, hint, and errors by field."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions

from shield.common.api_errors import handle, server_error
from shield.common.errors import Conflict, InvalidInput, MissingPrerequisite, NotPermitted
from shield.registry.manifest import ManifestError, Problem
from tests import factories


def answer(error: Exception) -> tuple[int, Any]:
    response = handle(error, {})
    assert response is not None
    return response.status_code, response.data


@pytest.mark.parametrize(
    ("family", "status"),
    [(MissingPrerequisite, 503), (InvalidInput, 422), (Conflict, 409), (NotPermitted, 403)],
)
def test_each_family_has_its_status(family: type[Conflict], status: int) -> None:
    assert answer(family("a.b", "It is so.", "Do this.")) == (
        status,
        {"code": "a.b", "message": "It is so.", "hint": "Do this."},
    )


def test_a_manifests_problems_are_listed() -> None:
    problem = Problem("shield.yaml", 3, "service.id", "a name", "add it")
    status, body = answer(ManifestError([problem]))
    assert status == 422
    assert body["errors"]["problems"] == [problem.as_json()]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotFound(), 404, "not_found"),
        (Http404(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.ParseError(), 400, "parse_error"),
    ],
)
def test_errors_of_the_framework_take_the_same_shape(
    error: Exception, status: int, code: str
) -> None:
    found, body = answer(error)
    assert (found, body["code"]) == (status, code)
    assert set(body) == {"code", "message", "hint"}
    assert body["message"]
    assert body["hint"]


def test_wrong_fields_are_named() -> None:
    status, body = answer(exceptions.ValidationError({"tier": ["no"], "non_field_errors": ["x"]}))
    assert (status, body["code"]) == (400, "invalid")
    assert body["errors"] == {"tier": ["no"], "request": ["x"]}
    assert answer(exceptions.ValidationError("no"))[1]["errors"] == {"request": ["no"]}


def test_a_bug_stays_an_exception() -> None:
    assert handle(ZeroDivisionError(), {}) is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/api/v1/services/", "application/json"), ("/services/", "text/html; charset=utf-8")],
)
def test_a_bug_answers_500_in_the_shape_of_its_reader(path: str, kind: str) -> None:
    response = server_error(RequestFactory().get(path))
    assert response.status_code == 500
    assert response.headers["Content-Type"] == kind
    if kind == "application/json":
        assert set(json.loads(response.content)) == {"code", "message", "hint"}


@pytest.mark.django_db
def test_a_bug_in_a_view_of_the_api_reaches_the_client_as_json() -> None:
    client = Client(raise_request_exception=False)
    client.force_login(factories.user())
    with mock.patch("shield.registry.api.views.ServiceViewSet.list", side_effect=ZeroDivisionError):
        response = client.get("/api/v1/services/")
    assert (response.status_code, response.json()["code"]) == (500, "server_error")

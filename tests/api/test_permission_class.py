"""A view that names no act is closed to everybody, so that a forgotten line is no open door."""

from __future__ import annotations

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from shield.accounts.choices import Role
from shield.accounts.models import Grant, User


class Forgotten(APIView):
    def get(self, request: Request) -> Response:
        return Response({})


class Named(Forgotten):
    acts = {"GET": "service.view"}

    def post(self, request: Request) -> Response:
        return Response({})


def status(
    view: type[APIView], method: str = "get", *, role: str | None = None, **facts: object
) -> int:
    request = getattr(APIRequestFactory(), method)("/")
    user = User(**facts)
    user.__dict__["grant_list"] = [Grant(role=role)] if role else []
    force_authenticate(request, user)
    return view.as_view()(request).status_code


@pytest.mark.parametrize("role", Role)
def test_a_view_without_acts_is_refused(role: Role) -> None:
    assert status(Forgotten, role=role) == 403


def test_even_a_superuser_does_not_open_a_forgotten_view() -> None:
    assert status(Forgotten, is_superuser=True) == 403


def test_a_method_that_is_not_named_is_refused() -> None:
    assert status(Named, role=Role.ENGINEER) == 200
    assert status(Named, "head", role=Role.ENGINEER) == 200
    assert status(Named, "post", role=Role.ENGINEER) == 403


def test_a_method_that_is_not_there_is_not_allowed() -> None:
    assert status(Named, "delete", role=Role.ENGINEER) == 405


def test_options_tells_the_methods_to_whoever_is_signed_in() -> None:
    assert status(Named, "options", role=Role.VIEWER) == 200

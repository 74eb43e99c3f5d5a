"""Every route × every role × the unit: own, foreign, everywhere, with real objects behind each address.

* in the own unit and everywhere: exactly whom the tables name is let in;
* a foreign unit's object is not there (404), and nothing of it is in any list, export or choice.

Each request is undone, so that one makes no difference to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from shield.accounts.choices import Role
from shield.accounts.models import User
from tests import factories
from tests.api.test_permissions import EXPECTED
from tests.permissions.objects import (
    FOREIGN,
    Arguments,
    Side,
    is_personal,
    is_shared,
    objects_of,
    personal,
    side,
)
from tests.permissions.tables import Line, lines
from tests.support.signing_in import sign_in
from tests.web.test_routes import AWAY, PAGES

pytestmark = pytest.mark.django_db

LINES = sorted(lines(PAGES, EXPECTED), key=str)
LET_IN = {200, 201, 202, 204, 302, 303, 400, 409, 412, 415, 422, 428}
"""An empty request of somebody who may: done, or refused for what it says, never for who asks."""
LISTS = ("service-list", "finding-list", "run-list", "api-service-list", "api-finding-list",
         "api-run-list", "api-version-list", "api-dataset-list", "api-deployment-list")  # fmt: skip
"""Lists in which somebody who sees everything must meet the foreign rows (the control)."""


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def address(line: Line, known: Arguments) -> tuple[str, bool]:
    """The path to an object, and whether the path names one at all."""
    needed = parameters(line.name)
    missing = needed - set(known)
    assert not missing, f"{line.name}: tests/permissions/objects.py does not say {missing}"
    return reverse(line.name, kwargs={name: known[name] for name in needed}), bool(needed)


def parameters(name: str) -> set[str]:
    """What the address of a route is made of."""
    for possibilities, *_ in get_resolver().reverse_dict.getlist(name):
        for _, needed in possibilities:
            if "format" not in needed:
                return set(needed)
    raise LookupError(name)


def ask(user: User, line: Line, path: str, query: str = "") -> tuple[int, str]:
    """The status and the whole text of the answer to an empty request."""
    client = Client(REMOTE_ADDR=AWAY)
    sign_in(client, user)
    more = {"content_type": "application/json"} if line.api and line.method != "get" else {}
    with undone():
        response = getattr(client, line.method)(path + query, data={} if more else None, **more)
        return (302 if line.name in ("logout", "account_logout") else status_of(response)), text_of(
            response
        )


def status_of(response: HttpResponse) -> int:
    to_login = response.status_code == 302 and "/login/" in response["Location"]
    return 401 if to_login else int(response.status_code)


def text_of(response: HttpResponse) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", errors="replace").lower()


@pytest.fixture
def sides() -> tuple[Side, Side]:
    return side("own"), side(FOREIGN)


@pytest.mark.parametrize("line", LINES, ids=str)
def test_a_route_lets_in_whom_the_table_says_where_the_table_says(
    line: Line, sides: tuple[Side, Side]
) -> None:
    if personal(line.name):
        return own_objects_only(line)
    own, foreign = sides
    path, names_an_object = address(line, objects_of(line.name)(own))
    there = address(line, objects_of(line.name)(foreign))[0]
    for role in Role:
        local = factories.user(f"local-{role}", role=role, unit=own.unit)
        general = factories.user(f"general-{role}", role=role)
        for user, everywhere in ((local, False), (general, True)):
            status, text = ask(user, line, path)
            let_in = line.lets_in(role, everywhere=everywhere)
            let_in = let_in and not (names_an_object and is_personal(line.name))
            assert status in (LET_IN if let_in else {403, 404}), (user.username, status)
            assert everywhere or is_shared(line.name) or FOREIGN not in text, user.username
        if names_an_object and not is_shared(line.name):
            status, text = ask(local, line, there)
            assert status in ({404} if role in line.roles else {403, 404}), (role, status)
            assert FOREIGN not in text.replace(there.lower(), ""), role


def own_objects_only(line: Line) -> None:
    """What belongs to a person is there for that person alone, administrator or not."""
    made = personal(line.name)
    assert made is not None
    stranger = factories.user(f"{FOREIGN}-stranger")
    theirs = made(stranger)
    for role in Role:
        user = factories.user(f"some-{role}", role=role)
        path, names_an_object = address(line, made(user))
        status, text = ask(user, line, path)
        assert status in (LET_IN if role in line.roles else {403, 404}), (role, status)
        assert FOREIGN not in text
        if names_an_object:
            status, _ = ask(user, line, address(line, theirs)[0])
            assert status in ({404} if role in line.roles else {403, 404}), role


@pytest.mark.parametrize("name", [line.name for line in LINES if line.method == "get"])
def test_no_export_of_a_list_carries_a_foreign_row(name: str, sides: tuple[Side, Side]) -> None:
    line = next(line for line in LINES if line.name == name and line.method == "get")
    role = sorted(line.roles)[0]
    local = factories.user(f"local-{role}", role=role, unit=sides[0].unit)
    made = personal(name)
    known = made(local) if made else objects_of(name)(sides[0])
    path, _ = address(line, known)
    objects_of(name)(sides[1])
    for query in ("?export=csv", "?export=json", "?page_size=200&per_page=100"):
        status, text = ask(local, line, path, query)
        assert status in LET_IN | ({403, 404} if is_personal(name) else {403})
        assert is_shared(name) or FOREIGN not in text, query


@pytest.mark.parametrize("name", LISTS)
def test_whoever_sees_everything_meets_the_foreign_rows(
    name: str, sides: tuple[Side, Side]
) -> None:
    line = next(line for line in LINES if line.name == name and line.method == "get")
    assert (
        FOREIGN
        in ask(
            factories.user(role=Role.VIEWER), line, address(line, objects_of(name)(sides[0]))[0]
        )[1]
    )


def test_every_line_has_a_role() -> None:
    assert [str(line) for line in LINES if not line.roles] == []

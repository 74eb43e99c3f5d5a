"""The walk's world and its visitors: both are made once a module, since thousands of requests share them.

A visitor is a session that was signed in once. Each request is undone, so that one makes no difference
to the next; a view that raises answers 500, which no table lets pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from shield.accounts.choices import Role
from shield.accounts.models import User
from tests import factories
from tests.api.test_permissions import EXPECTED
from tests.permissions.objects import FOREIGN, OWN, Arguments, Side, side
from tests.permissions.tables import Line, lines
from tests.support.asking import AWAY, Asking, session_of
from tests.support.signing_in import sign_in
from tests.web.test_routes import PAGES

LINES: Final = sorted(lines(PAGES, EXPECTED), key=str)
LOGGED_OUT: Final = ("logout", "account_logout")


@dataclass(frozen=True)
class Visitor:
    """A person with one role, in the own unit or everywhere, and the session of that person."""

    user: User
    role: Role
    everywhere: bool
    session: str


@dataclass(frozen=True)
class Stage:
    """Two units with one of everything, and a visitor for each role and place."""

    sides: tuple[Side, Side]
    visitors: tuple[Visitor, ...]

    def of(self, role: Role, *, everywhere: bool) -> Visitor:
        """The visitor with this role, held in the own unit or everywhere."""
        return next(
            each for each in self.visitors if each.role == role and each.everywhere == everywhere
        )


def stage() -> Stage:
    """Made in the present transaction."""
    own, foreign = side(OWN), side(FOREIGN)
    visitors = []
    for role in Role:
        for everywhere in (False, True):
            name = f"{'general' if everywhere else 'local'}-{role}"
            user = factories.user(name, role=role, unit=None if everywhere else own.unit)
            visitors.append(Visitor(user, role, everywhere, _session(user)))
    return Stage((own, foreign), tuple(visitors))


def _session(user: User) -> str:
    client = Client(REMOTE_ADDR=AWAY)
    sign_in(client, user, ago_s=-3600.0)  # the password is fresh for as long as the walk lasts
    return session_of(client)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answer(of: Visitor, line: Line, path: str, query: str = "") -> tuple[int, str, str]:
    """The status, the type and the whole text of the answer to an empty request."""
    more = {"content_type": "application/json"} if line.api and line.method != "get" else {}
    with undone():
        request = getattr(Asking(of.session), line.method)
        response = request(path + query, data={} if more else None, **more)
        status = 302 if line.name in LOGGED_OUT else status_of(response)
        return status, response.headers.get("Content-Type", ""), text_of(response)


def ask(of: Visitor, line: Line, path: str) -> tuple[int, str]:
    """The status and the whole text of the answer to an empty request."""
    status, _, text = answer(of, line, path)
    return status, text


def status_of(response: HttpResponse) -> int:
    to_login = response.status_code == 302 and "/login/" in response["Location"]
    return 401 if to_login else int(response.status_code)


def text_of(response: HttpResponse) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", errors="replace").lower()


def address(line: Line, known: Arguments) -> tuple[str, bool]:
    """The path to an object, and whether the path names one at all."""
    needed = parameters(line.name)
    missing = needed - set(known)
    assert not missing, f"{line.name}: tests/permissions/objects.py does not say {missing}"
    return reverse(line.name, kwargs={name: known[name] for name in needed}), bool(needed)


@cache
def parameters(name: str) -> frozenset[str]:
    """What the address of a route is made of."""
    for possibilities, *_ in get_resolver().reverse_dict.getlist(name):
        for _, needed in possibilities:
            if "format" not in needed:
                return frozenset(needed)
    raise LookupError(name)

"""Every route × every role × the unit: own, foreign, everywhere, with real objects behind each address.

* in the own unit and everywhere: exactly whom the tables name is let in;
* a foreign unit's object is not there (404), and nothing of it stands in any answer.

Lists and their exports are in test_every_list.py.
"""

from __future__ import annotations

import pytest

from shield.accounts.choices import Role
from tests import factories
from tests.permissions.objects import FOREIGN, Side, is_shared, objects_of, personal
from tests.permissions.tables import Line
from tests.permissions.walking import LINES, Stage, address, ask

pytestmark = pytest.mark.django_db

LET_IN = {200, 201, 202, 204, 302, 303, 400, 409, 412, 415, 422, 428}
"""An empty request of somebody who may: done, or refused for what it says, never for who asks."""


@pytest.mark.parametrize("line", [each for each in LINES if not personal(each.name)], ids=str)
def test_a_route_lets_in_whom_the_table_says_where_the_table_says(
    line: Line, whole: Stage, sides: tuple[Side, Side]
) -> None:
    own, foreign = sides
    path, names_an_object = address(line, objects_of(line.name)(own))
    there = address(line, objects_of(line.name)(foreign))[0]
    for role in Role:
        for everywhere in (False, True):
            status, text = ask(whole.of(role, everywhere=everywhere), line, path)
            let_in = line.lets_in(role, everywhere=everywhere)
            assert status in (LET_IN if let_in else {403, 404}), (role, everywhere, status)
            assert everywhere or FOREIGN not in text, role
        if names_an_object and not is_shared(line.name):
            status, text = ask(whole.of(role, everywhere=False), line, there)
            assert status in ({404} if role in line.roles else {403, 404}), (role, status)
            assert FOREIGN not in text.replace(there.lower(), ""), role


@pytest.mark.parametrize("line", [each for each in LINES if personal(each.name)], ids=str)
def test_what_belongs_to_a_person_is_there_for_that_person_alone(line: Line, whole: Stage) -> None:
    """Administrator or not."""
    made = personal(line.name)
    assert made is not None
    theirs = made(factories.user(f"{FOREIGN}-stranger"))
    for role in Role:
        visitor = whole.of(role, everywhere=True)
        path, names_an_object = address(line, made(visitor.user))
        status, text = ask(visitor, line, path)
        assert status in (LET_IN if role in line.roles else {403, 404}), (role, status)
        assert FOREIGN not in text
        if names_an_object:
            status, _ = ask(visitor, line, address(line, theirs)[0])
            assert status in ({404} if role in line.roles else {403, 404}), role


def test_every_line_has_a_role() -> None:
    assert [str(line) for line in LINES if not line.roles] == []

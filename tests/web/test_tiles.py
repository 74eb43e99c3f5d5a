"""The home page's numbers are those of the lists they open."""

from __future__ import annotations

import re

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from shield.accounts.choices import Role
from shield.accounts.policy import may
from shield.web.tiles import EVERYBODY, MINE, Tile
from tests import factories

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
"""Two questions a moment apart differ in nothing else."""


@pytest.mark.django_db
@pytest.mark.parametrize("tile", [*MINE, *EVERYBODY], ids=lambda tile: str(tile.label))
def test_a_tile_asks_what_its_list_asks(tile: Tile) -> None:
    request = RequestFactory().get("/")
    roles = (Role.RISK_OFFICER, Role.APPROVER, Role.ENGINEER)
    people = [factories.user(role=role) for role in roles]
    request.user = next(user for user in people if may(user, tile.act))
    rows = tile.source.rows(request.user)
    listed = tile.source.filterset(QueryDict(tile.query), rows, request=request)
    assert listed.is_valid()
    asked, whole = str(tile.rows(request).query), str(listed.qs.query)
    assert MOMENT.sub("…", asked) == MOMENT.sub("…", whole)
    assert asked != str(rows.query)

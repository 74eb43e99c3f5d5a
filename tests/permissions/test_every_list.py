"""What lists give out: every export with the own rows and no foreign one, every list with all to who may.

The second is the control of the first, and of test_every_route.py: without it, a list that shows
nothing to anybody would pass.
"""

from __future__ import annotations

import pytest
from django.urls import resolve

from shield.common.listing import ListPage
from tests.permissions.objects import FOREIGN, OWN, Arguments, Side, objects_of, personal
from tests.permissions.tables import Line
from tests.permissions.walking import LINES, Stage, Visitor, address, answer, ask, parameters

pytestmark = pytest.mark.django_db

READ = [line for line in LINES if line.method == "get"]
FILES = {"csv": "text/csv", "json": "application/json"}
LONGEST = "?page_size=200&per_page=100"

OF_NO_UNIT = {
    "the own account": (
        "account", "account-sessions", "account_change_password", "account_reauthenticate",
        "api-account", "mfa_activate_totp", "mfa_add_webauthn", "mfa_authenticate",
        "mfa_generate_recovery_codes", "mfa_index", "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    ),
    "seals and keys, of the whole trail": (
        "api-audit-chains", "api-audit-head-list", "api-audit-keys", "audit-integrity",
    ),
    "the same in every installation": (
        "api-docs", "api-framework-list", "api-questionnaire", "framework-list",
    ),
    "of the whole organisation; services are named on the page of one alone": (
        "api-policy-change-list", "api-policy-version-list", "policy-change-list", "policy-list",
    ),
    "days for each kind of file": ("api-retention", "retention"),
    "numbers without names": ("metrics",),
}  # fmt: skip
"""Why → what has no object in its address and yet lists nothing that belongs to a unit."""
WITHOUT_FOREIGN_ROWS = {name for names in OF_NO_UNIT.values() for name in names}
WITHOUT_OWN_ROWS = {"api-audit-head-list", "api-policy-version-list"}
"""Nothing in them was written by anybody of a unit."""


def is_an_export(line: Line) -> bool:
    """Whether the page offers its list as a file."""
    if line.api or parameters(line.name) - {"framework"}:
        return False
    path = address(line, {"framework": "mas-feat"})[0]
    view = getattr(resolve(path).func, "view_class", None)
    return view is not None and issubclass(view, ListPage) and bool(view.export_columns)


def is_a_list_of_the_api(line: Line) -> bool:
    """Whether the API answers with pages of rows."""
    if not line.api or parameters(line.name):
        return False
    return "list" in getattr(resolve(address(line, {})[0]).func, "actions", {}).values()


def somebody(whole: Stage, line: Line, *, everywhere: bool) -> Visitor:
    """A visitor whom the table lets in."""
    return whole.of(sorted(line.roles)[0], everywhere=everywhere)


def made_for(line: Line, of: Visitor, sides: tuple[Side, Side]) -> tuple[Arguments, str]:
    """An own object and a foreign one; the arguments of the own, and the mark by which its row is known."""
    if made := personal(line.name):
        return made(of.user), of.user.username
    objects_of(line.name)(sides[1])
    return objects_of(line.name)(sides[0]), OWN


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("line", [each for each in READ if is_an_export(each)], ids=str)
def test_an_export_carries_the_own_rows_and_no_foreign_one(
    line: Line, kind: str, whole: Stage, sides: tuple[Side, Side]
) -> None:
    local = somebody(whole, line, everywhere=False)
    known, mark = made_for(line, local, sides)
    status, written, text = answer(local, line, address(line, known)[0], f"?export={kind}")
    assert status == 200
    assert written.startswith(FILES[kind])
    assert mark in text
    assert FOREIGN not in text


@pytest.mark.parametrize("line", [each for each in READ if is_a_list_of_the_api(each)], ids=str)
def test_a_list_of_the_api_carries_the_own_rows_and_no_foreign_one(
    line: Line, whole: Stage, sides: tuple[Side, Side]
) -> None:
    local = somebody(whole, line, everywhere=False)
    known, mark = made_for(line, local, sides)
    status, written, text = answer(local, line, address(line, known)[0], LONGEST)
    assert status == 200
    assert written.startswith("application/json")
    assert mark in text or line.name in WITHOUT_OWN_ROWS
    assert FOREIGN not in text


@pytest.mark.parametrize(
    "line",
    [each for each in READ if not parameters(each.name) and not personal(each.name)],
    ids=str,
)
def test_whoever_sees_everything_meets_the_foreign_rows(
    line: Line, whole: Stage, sides: tuple[Side, Side]
) -> None:
    made_for(line, somebody(whole, line, everywhere=True), sides)
    text = ask(somebody(whole, line, everywhere=True), line, address(line, {})[0])[1]
    assert (FOREIGN in text) == (line.name not in WITHOUT_FOREIGN_ROWS)


def test_every_exception_is_a_route() -> None:
    assert {line.name for line in READ} >= WITHOUT_FOREIGN_ROWS | WITHOUT_OWN_ROWS

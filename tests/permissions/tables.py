"""What the tables of routes may say, and the two tables read as one.

The pages' table is `PAGES` in tests/web/test_routes.py, the API's is `EXPECTED` in
tests/api/test_permissions.py: a new route is one line there. Where its address names an object, the
object comes from `OBJECTS` in objects.py: one line for each kind of object, not for each route.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from shield.accounts.choices import Role

EVERYBODY: Final = frozenset(Role)
WORKS: Final = frozenset({Role.ENGINEER, Role.RISK_OFFICER})
ENGINEERS: Final = frozenset({Role.ENGINEER})
OFFICERS: Final = frozenset({Role.RISK_OFFICER})
SIGNERS: Final = frozenset({Role.RISK_OFFICER, Role.PRIVACY_OFFICER})
APPROVERS: Final = frozenset({Role.APPROVER})
ADMINISTRATORS: Final = frozenset({Role.ADMINISTRATOR})
ANYBODY: Final = None
"""Also without signing in."""
NO_SUCH: Final[Any] = object()
"""The method does not exist there."""


class Organisation(frozenset[Role]):
    """These roles, where they are held everywhere: what it changes belongs to no single unit."""


def organisation(*roles: Role) -> Organisation:
    """Only whoever holds one of these roles everywhere."""
    return Organisation(roles)


@dataclass(frozen=True)
class Line:
    """One method of one route, and who is let in."""

    name: str
    method: str
    roles: frozenset[Role]
    api: bool

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.name}"

    def lets_in(self, role: Role, *, everywhere: bool) -> bool:
        """Whether somebody with this role, held in the unit of the object or everywhere, gets in."""
        return role in self.roles and (everywhere or not isinstance(self.roles, Organisation))


def lines(
    pages: dict[str, tuple[Any, Any]], api: dict[str, frozenset[Role] | None]
) -> Iterable[Line]:
    """Every line of both tables that asks who somebody is."""
    for name, expected in pages.items():
        for method, roles in zip(("get", "post"), expected, strict=True):
            if roles is not NO_SUCH and roles is not ANYBODY:
                yield Line(name, method, _as_roles(roles), api=False)
    for written, roles in api.items():
        method, name = written.split(" ")
        if roles is not ANYBODY:
            yield Line(name, method.lower(), _as_roles(roles), api=True)


def _as_roles(roles: Iterable[Role]) -> frozenset[Role]:
    return roles if isinstance(roles, Organisation) else frozenset(roles)

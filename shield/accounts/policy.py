"""The one object that answers every permission question.

An act is `<entity>.<verb>`. A person holds grants: a role, in one business unit or everywhere. Pages,
API and services ask `may(user, act, of)` and narrow lists with `visible(...)`; nothing else decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet

from shield.accounts.choices import Role

if TYPE_CHECKING:  # the models import the roles, and the policy reads the grants
    from shield.accounts.models import Grant

READ: Final = frozenset(
    {
        "service.view",
        "run.view",
        "finding.view",
        "dataset.view",
        "report.view",
        "history.view",
        "policy.view",
        "risk.view",
        "framework.view",
        "incident.view",
        "token.own",  # a token does at most what its owner may, so everybody may have one
        "account.own",  # own profile, second factors, notifications, saved views
    }
)
TALK: Final = frozenset({"finding.comment"})
WORK: Final = TALK | {
    "run.start",
    "run.cancel",
    "finding.work",  # claim, begin, ticket, due-date note
    "false_positive.propose",
    "incident.report",
}
ENGINEER: Final = (
    READ | WORK | {"service.register", "deployment.change", "metric.push", "tier.assess"}
)
RISK_OFFICER: Final = (
    READ
    | WORK
    | {
        "service.change",
        "finding.triage",  # assign others, change severity and due date, acts in bulk
        "acceptance.propose",
        "false_positive.decide",
        "policy.propose",
        "appetite.propose",
        "tier.assess",
        "statement.sign",
        "incident.manage",
    }
)
APPROVER: Final = (
    READ
    | TALK
    | {
        "acceptance.decide",
        "false_positive.decide",
        "policy.decide",
        "appetite.decide",
        "tier.decide",
    }
)
PRIVACY_OFFICER: Final = READ | TALK | {"dataset.erase", "budget.manage", "statement.sign"}
ADMINISTRATOR: Final = READ | {
    "user.manage",
    "unit.manage",
    "token.manage",
    "settings.manage",
    "webhook.manage",
    "operations.view",
}

ACTS: Final[dict[str, frozenset[str]]] = {
    Role.VIEWER: READ,
    Role.ENGINEER: ENGINEER,
    Role.RISK_OFFICER: RISK_OFFICER,
    Role.APPROVER: APPROVER,
    Role.PRIVACY_OFFICER: PRIVACY_OFFICER,
    Role.ADMINISTRATOR: ADMINISTRATOR,
}

SELF: Final = frozenset({"account.own"})
"""What everybody who is signed in may, also with no grant at all: look after the own account."""

PUBLIC: Final = "public"
"""The act of what anybody may see without signing in (published schemas); never in `ACTS`."""

ALL_ACTS: Final = frozenset[str]().union(*ACTS.values())

TIERS: Final = ("low", "moderate", "high", "critical")


class Where(Enum):
    """What is not one unit's."""

    EVERYWHERE = "everywhere"


EVERYWHERE: Final = Where.EVERYWHERE
"""Stands for what belongs to the whole organisation: policies, users, units, webhooks."""

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where somebody may do an act: everywhere, or in these business units (by key)."""

    everywhere: bool
    units: frozenset[int]

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.units)

    def within(self, unit: int) -> Scope:
        """As much of it as lies in one unit."""
        return Scope(False, frozenset({unit} if self.everywhere else {unit} & self.units))


def scope(user: object, act: str) -> Scope:
    """Where `user` may do `act`. Anonymous and inactive users nowhere; superusers everywhere.

    A token that was made for less than its owner may narrows what is asked here.
    """
    if not _is_in(user, act):
        return Scope(False, frozenset())
    token = getattr(user, "token", None)
    held = _held(user, act)
    return held if token is None or token.unit_id is None else held.within(token.unit_id)


def _is_in(user: object, act: str) -> bool:
    """Whether somebody is signed in and active, and came with no token made for less."""
    if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
        return False
    token = getattr(user, "token", None)
    return token is None or bool(token.covers(act))


def _held(user: object, act: str) -> Scope:
    """What the person's own grants give, whatever the request came with."""
    if getattr(user, "is_superuser", False):
        return Scope(True, frozenset())
    held = _holding(user, act)
    return Scope(
        everywhere=any(grant.unit_id is None for grant in held),
        units=frozenset(grant.unit_id for grant in held if grant.unit_id is not None),
    )


def may(user: object, act: str, of: object = None) -> bool:
    """True when `user` may do `act` on `of`.

    `of` is a governed row (it knows its `unit_id`), a business unit, or EVERYWHERE; without it the
    question is "anywhere at all", which is right for menus and for lists that `visible` narrows.
    A grant with a limit of tier reaches no service above that tier.
    """
    where = scope(user, act)
    if of is None and act in SELF:
        return _is_in(user, act)
    if of is None or not where:
        return bool(where)
    if not _token_reaches(user, of):
        return False
    if getattr(user, "is_superuser", False):
        return True
    unit = unit_of(of)
    tier = getattr(of, "governed_tier", "")
    return any(
        grant.unit_id in (None, unit) and _reaches(grant, tier) for grant in _holding(user, act)
    )


def visible(queryset: QuerySet[Row], user: object, act: str) -> QuerySet[Row]:
    """The rows on which `user` may do `act`; a model without `unit_path` cannot be asked for.

    `unit_path` is the path of lookups from the model to its business unit; "" for what belongs to the
    organisation as a whole and is readable by whoever holds the act anywhere.
    """
    path: str = queryset.model.unit_path  # type: ignore[attr-defined]
    where = scope(user, act)
    service = token_service(user)
    if service is not None and path:
        of_service = rows_of_service(queryset.model, service)
        queryset = queryset.none() if of_service is None else queryset.filter(of_service)
    if where.everywhere or (where and not path):
        return queryset
    if not where:
        return queryset.none()
    return queryset.filter(**{f"{path}__in": where.units})


def token_service(user: object) -> int | None:
    """The key of the one service that the request's token is for; None: it is for no single one."""
    key = getattr(getattr(user, "token", None), "service_key", None)
    return None if key is None else int(key)


def unit_of(thing: object) -> int | None:
    """The key of the business unit that a thing belongs to; None for the whole organisation."""
    if thing is EVERYWHERE:
        return None
    if isinstance(thing, Model) and thing._meta.label == "accounts.BusinessUnit":
        return int(thing.pk)
    found: Any = thing.unit_id  # type: ignore[attr-defined]  # a thing without one is a bug
    return None if found is None else int(found)


def service_path(model: type[Model]) -> str | None:
    """The path of lookups from a model to its service; None when it belongs to none."""
    if model._meta.label == "registry.Service":
        return "pk"
    path: str = model.unit_path  # type: ignore[attr-defined]
    return path.removesuffix("__unit") if path.endswith("service__unit") else None


def rows_of_service(model: type[Model], key: int) -> Q | None:
    """Which rows of a model belong to one service; None where none can.

    A model whose rows may speak of a service before there is one has a method `of_service(key)`.
    """
    own: Callable[[int], Q] | None = getattr(model, "of_service", None)
    if own is not None:
        return own(key)
    path = service_path(model)
    return None if path is None else Q(**{path: key})


def _token_reaches(user: object, of: object) -> bool:
    """Whether the request's token, if it came with one that is limited, reaches this thing."""
    token = getattr(user, "token", None)
    if token is None or not token.is_limited:
        return True
    if token.unit_id is not None and unit_of(of) != token.unit_id:
        return False
    if token.service_key is None:
        return True
    return isinstance(of, Model) and _is_of_service(of, token.service_key)


def _is_of_service(row: Model, key: int) -> bool:
    if hasattr(row, "of_service"):
        mine = rows_of_service(type(row), key)
        return bool(type(row)._default_manager.filter(mine, pk=row.pk).exists())
    path = service_path(type(row))
    if path is None:
        return False
    service: Any = row if path == "pk" else reduce(getattr, path.split("__"), row)
    return bool(service.pk == key)


def _holding(user: object, act: str) -> list[Grant]:
    grants: list[Grant] = user.grant_list  # type: ignore[attr-defined]
    return [grant for grant in grants if act in ACTS.get(grant.role, frozenset())]


def _reaches(grant: Grant, tier: str) -> bool:
    if not grant.tier_limit or not tier:
        return True
    return TIERS.index(tier) <= TIERS.index(grant.tier_limit)

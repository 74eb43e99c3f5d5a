"""Grants that follow the groups of the identity provider (`SHIELD_OIDC_GRANTS`).

    {"ai-risk": ["risk_officer"], "retail-ml": ["engineer@retail"], "chief": ["approver@retail:high"]}

What was given here by a person is never touched; what came from a group goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from shield.accounts.choices import GrantSource, Role, TierLimit
from shield.accounts.models import BusinessUnit, Grant, User
from shield.accounts.services.grants import grant_add, grant_remove
from shield.common.errors import Conflict, InvalidInput

log = structlog.get_logger(__name__)

ACTOR = "identity provider"


@dataclass(frozen=True, slots=True)
class Mapped:
    """One role that a group gives: `role`, `role@unit` or `role@unit:tier`."""

    role: str
    unit: str
    tier_limit: str


def parse(written: str) -> Mapped:
    """One entry of the settings; raises InvalidInput for what it cannot be."""
    rest, _, tier = written.partition(":")
    role, _, unit = rest.partition("@")
    if role not in Role.values or (tier and tier not in TierLimit.values):
        raise InvalidInput(
            "oidc.grants",
            f"{written!r} is no grant.",
            "Write role, role@unit or role@unit:tier, for example engineer@retail.",
        )
    return Mapped(role, unit, tier)


def problems(mapping: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the setting, for the checks before the start."""
    if not isinstance(mapping, Mapping):
        yield "It must be a JSON object: group → list of grants."
        return
    for group, entries in mapping.items():
        if not isinstance(entries, list):
            yield f"{group}: a list of grants is expected."
            continue
        for entry in entries:
            try:
                parse(str(entry))
            except InvalidInput as error:
                yield f"{group}: {error}"


@transaction.atomic
def grants_follow_groups(*, user: User, groups: Iterable[str]) -> None:
    """Give what the groups map to, and take what they no longer do."""
    units = {unit.slug: unit for unit in BusinessUnit.objects.all()}
    wanted = [each for each in _wanted(groups) if _is_known(each, units)]
    keep = {(each.role, units[each.unit].pk if each.unit else None) for each in wanted}
    for grant in user.grants.select_related("unit"):
        if grant.source == GrantSource.PROVIDER and (grant.role, grant.unit_id) not in keep:
            _take(grant)
    for each in wanted:
        _give(user, each, units.get(each.unit))
    user.__dict__.pop("grant_list", None)


def _wanted(groups: Iterable[str]) -> list[Mapped]:
    """What the groups map to: each role once a unit, in one order whatever the provider's is.

    Where several groups give the same role there, the widest limit of tier holds.
    """
    widest: dict[tuple[str, str], Mapped] = {}
    for group in set(groups):
        for entry in settings.OIDC_GRANTS.get(group, []):
            each = parse(entry)
            known = widest.get((each.role, each.unit))
            if known is None or _reach(each) > _reach(known):
                widest[each.role, each.unit] = each
    return [widest[key] for key in sorted(widest)]


def _reach(mapped: Mapped) -> int:
    """How far up the tiers it goes; no limit goes the furthest."""
    tiers = TierLimit.values
    return tiers.index(mapped.tier_limit) if mapped.tier_limit else len(tiers)


def _is_known(mapped: Mapped, units: Mapping[str, BusinessUnit]) -> bool:
    if mapped.unit and mapped.unit not in units:
        log.warning("oidc_unknown_unit", unit=mapped.unit)
        return False
    return True


def _give(user: User, wanted: Mapped, unit: BusinessUnit | None) -> None:
    own = user.grants.filter(role=wanted.role, unit=unit, source=GrantSource.PERSON)
    if own.exists():
        return
    try:
        grant_add(
            user=user,
            role=wanted.role,
            unit=unit,
            tier_limit=wanted.tier_limit,
            actor=ACTOR,
            source=GrantSource.PROVIDER,
            reason="group at the identity provider",
        )
    except Conflict as error:
        log.warning("oidc_grant_refused", user=user.get_username(), code=error.code)


def _take(grant: Grant) -> None:
    try:
        grant_remove(grant=grant, actor=ACTOR, reason="group is gone at the identity provider")
    except Conflict as error:  # the last administrator stays, and can be replaced
        log.warning("oidc_grant_kept", user=grant.user.get_username(), code=error.code)

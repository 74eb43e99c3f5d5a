"""Giving and taking roles.

`grant_give` and `grant_take` are acts of a person, and judged; `grant_add` and `grant_remove` are what
commands and the identity provider's mapping do.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from shield.accounts.choices import GrantSource, Role, TierLimit
from shield.accounts.events import about
from shield.accounts.models import BusinessUnit, Grant, User
from shield.accounts.pages import require
from shield.accounts.policy import EVERYWHERE
from shield.common.errors import Conflict, InvalidInput, NotPermitted

APART: Final = (Role.ADMINISTRATOR, Role.APPROVER)
"""Who decides who may decide does not decide: one person holds only one of these, wherever."""


def grant_give(
    *,
    actor: User,
    user: User,
    role: str,
    reason: str,
    unit: BusinessUnit | None = None,
    tier_limit: str = "",
) -> Grant:
    """Give somebody else a role in `unit`, or everywhere.

    Raises NotPermitted for oneself and for units that are not the actor's, InvalidInput without a
    reason, Conflict when one person would hold two roles that are kept apart.
    """
    _refuse_own(actor, user)
    require(actor, "user.manage", of=unit or EVERYWHERE)
    _need_reason(reason)
    return grant_add(
        user=user,
        role=role,
        unit=unit,
        tier_limit=tier_limit,
        actor=actor.get_username(),
        reason=reason,
    )


def grant_take(*, actor: User, grant: Grant, reason: str) -> None:
    """Take a role away from somebody else.

    Raises NotPermitted for oneself and for units that are not the actor's, InvalidInput without a
    reason, Conflict for the last administrator.
    """
    _refuse_own(actor, grant.user)
    require(actor, "user.manage", of=grant.unit or EVERYWHERE)
    _need_reason(reason)
    grant_remove(grant=grant, actor=actor.get_username(), reason=reason)


@transaction.atomic
def grant_add(
    *,
    user: User,
    role: str,
    actor: str,
    unit: BusinessUnit | None = None,
    tier_limit: str = "",
    reason: str = "",
    source: str = GrantSource.PERSON,
) -> Grant:
    """Give a user a role, in `unit` or everywhere. Idempotent; another limit of tier replaces the old."""
    refuse_unknown_role(role=role)
    if tier_limit and tier_limit not in TierLimit.values:
        raise InvalidInput("grant.tier", f"There is no tier {tier_limit!r}.", "Use high, or none.")
    _refuse_together(user, role)
    grant, created = Grant.objects.get_or_create(
        user=user, role=role, unit=unit, defaults={"tier_limit": tier_limit, "source": source}
    )
    if not created and grant.tier_limit == tier_limit:
        return grant
    before = None if created else grant_facts(grant=grant)
    grant.tier_limit = tier_limit
    grant.save(update_fields=["tier_limit"])
    user.__dict__.pop("grant_list", None)
    about(
        actor,
        "user.grant",
        user,
        before=before,
        after=grant_facts(grant=grant),
        reason=reason,
        unit=unit.pk if unit else None,
    )
    return grant


@transaction.atomic
def grant_remove(*, grant: Grant, actor: str, reason: str = "") -> None:
    """Take a role away; what it was stays in the history. Raises Conflict for the last administrator."""
    if grant.role == Role.ADMINISTRATOR and grant.unit_id is None:
        refuse_last_administrator(user=grant.user)
    about(
        actor,
        "user.grant_remove",
        grant.user,
        before=grant_facts(grant=grant),
        reason=reason,
        unit=grant.unit_id,
    )
    grant.user.__dict__.pop("grant_list", None)
    grant.delete()


def refuse_last_administrator(*, user: User) -> None:
    """Raise Conflict when nobody else who is active is administrator everywhere.

    The rows are locked: two administrators who remove each other at once do not both succeed.
    """
    rows = Grant.objects.select_for_update().filter(
        role=Role.ADMINISTRATOR, unit=None, user__is_active=True
    )
    holders = {grant.user_id for grant in rows}
    if holders == {user.pk}:
        raise Conflict(
            "user.last_administrator",
            _("This is the last administrator of everything."),
            _("Make somebody else administrator first."),
        )


def refuse_unknown_role(*, role: str) -> None:
    """Raise InvalidInput for a role that there is not."""
    if role not in Role.values:
        raise InvalidInput(
            "user.role", f"There is no role {role!r}.", f"Use one of {', '.join(Role.values)}."
        )


def grant_facts(*, grant: Grant) -> dict[str, object]:
    """What the history keeps of a grant."""
    return {
        "role": grant.role,
        "unit": grant.unit.slug if grant.unit else "everywhere",
        "tier_limit": grant.tier_limit or None,
    }


def _refuse_together(user: User, role: str) -> None:
    """The person's row is locked, so that two roles given at the same moment are judged one by one."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    held = set(user.grants.values_list("role", flat=True))
    if role in APART and held & set(APART) - {role}:
        raise Conflict(
            "grant.apart",
            _("Administrators hold no approvals, and approvers administer nobody."),
            _("Give one of the two roles to somebody else."),
        )


def _refuse_own(actor: User, user: User) -> None:
    if actor.pk == user.pk:
        raise NotPermitted(
            "own_grant",
            _("Nobody changes their own roles."),
            _("Ask another administrator."),
        )


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("grant.reason", _("A reason is needed."), _("Say why, in a few words."))

"""Users, grants, units and tokens. Secrets are returned once and never stored, logged or audited."""

from __future__ import annotations

from shield.accounts.services.grants import grant_add, grant_give, grant_remove, grant_take
from shield.accounts.services.tokens import MAX_DAYS, token_create, token_revoke
from shield.accounts.services.units import unit_create, unit_rename
from shield.accounts.services.users import (
    factors_reset,
    invitation_path,
    invitation_renew,
    person_invite,
    person_switch_off,
    person_switch_on,
    require_manages,
    user_create,
)

__all__ = [
    "MAX_DAYS",
    "factors_reset",
    "grant_add",
    "grant_give",
    "grant_remove",
    "grant_take",
    "invitation_path",
    "invitation_renew",
    "person_invite",
    "person_switch_off",
    "person_switch_on",
    "require_manages",
    "token_create",
    "token_revoke",
    "unit_create",
    "unit_rename",
    "user_create",
]

"""Second factors: who has one, who must."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings

from shield.accounts.models import User
from shield.accounts.policy import ACTS, ALL_ACTS, READ, TALK

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes alone are none."""


def has_factor(user: User) -> bool:
    """Whether signing in asks for more than a password."""
    return Authenticator.objects.filter(user=user, type__in=STRONG).exists()


def is_required(user: User) -> bool:
    """Whether a role of the person asks for a second factor."""
    wanted = settings.SECOND_FACTOR_ROLES
    if not wanted:
        return False
    if user.is_superuser and "administrator" in wanted:
        return True
    return any(grant.role in wanted for grant in user.grant_list)


def acts_behind(user: User) -> frozenset[str]:
    """What the person holds by roles that ask for a second factor; reading and talking are not it."""
    wanted = settings.SECOND_FACTOR_ROLES
    roles = {grant.role for grant in user.grant_list if grant.role in wanted}
    acts = frozenset[str]().union(*(ACTS[role] for role in roles))
    if user.is_superuser and "administrator" in wanted:
        acts = ALL_ACTS
    return acts - READ - TALK


def is_missing(user: User) -> bool:
    """Whether somebody must set one up before they see anything else."""
    return is_required(user) and not has_factor(user)


def others_than(user: User, authenticator: Authenticator) -> bool:
    """Whether another strong factor remains when this one goes."""
    rest = Authenticator.objects.filter(user=user, type__in=STRONG).exclude(pk=authenticator.pk)
    return authenticator.type not in STRONG or rest.exists()

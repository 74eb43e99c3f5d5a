"""Second factors: who has one, who must."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings

from shield.accounts.models import User

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


def is_missing(user: User) -> bool:
    """Whether somebody must set one up before they see anything else."""
    return is_required(user) and not has_factor(user)


def others_than(user: User, authenticator: Authenticator) -> bool:
    """Whether another strong factor remains when this one goes."""
    rest = Authenticator.objects.filter(user=user, type__in=STRONG).exclude(pk=authenticator.pk)
    return authenticator.type not in STRONG or rest.exists()

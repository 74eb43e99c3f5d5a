"""Which people somebody may look after, and which grants of theirs.

An administrator of everything looks after everybody. An administrator of units sees whoever holds a role
there, and whoever holds none anywhere yet; and switches off only people who work nowhere else.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from shield.accounts.models import Grant, User
from shield.accounts.policy import EVERYWHERE, may, scope, token_service, visible

ACT = "user.manage"


def people(actor: User) -> QuerySet[User]:
    """The people whom `actor` sees."""
    where = scope(actor, ACT)
    rows = User.objects.order_by("username")
    if not where or token_service(actor) is not None:
        return rows.none()
    if where.everywhere:
        return rows
    held = Grant.objects.filter(user=OuterRef("pk"))
    nobody_yet = ~Exists(held) & Q(is_superuser=False)
    return rows.filter(Exists(held.filter(unit__in=where.units)) | nobody_yet)


def grants(actor: User) -> QuerySet[Grant]:
    """The grants that `actor` gives and takes."""
    return visible(Grant.objects.select_related("user", "unit"), actor, ACT)


def manages(actor: User, user: User) -> bool:
    """Whether `actor` looks after the whole of this person's account."""
    if may(actor, ACT, EVERYWHERE):
        return True
    held = user.grants.values_list("unit", flat=True)
    where = scope(actor, ACT)
    return bool(where) and not user.is_superuser and set(held) <= where.units


def colleagues(actor: object, act: str) -> QuerySet[User]:
    """Active people to whom `actor` may hand something over: of the units where `actor` may do `act`.

    Who holds a role everywhere is everybody's colleague; names of foreign units stay unknown.
    """
    where = scope(actor, act)
    rows = User.objects.filter(is_active=True).order_by("username")
    if where.everywhere:
        return rows
    held = Grant.objects.filter(user=OuterRef("pk"))
    near = held.filter(Q(unit=None) | Q(unit__in=where.units))
    return rows.filter(Exists(near) | Q(is_superuser=True)) if where else rows.none()

"""The permission question on pages: every page's view names the act that it is."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from shield.accounts.choices import Role
from shield.accounts.policy import ACTS, may, visible
from shield.common.errors import NotPermitted

Row = TypeVar("Row", bound=Model)


class PermissionRequired:
    """View mixin: refuses whoever the policy does not allow `act` anywhere.

    Anonymous people never arrive here; the login middleware has sent them to the login page. What
    the page shows or changes is narrowed by the view, with `visible` or `get_visible_or_404`.
    """

    act: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Ask the policy first, then do the work."""
        require(request.user, self.act)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


def require(user: object, act: str, of: object = None) -> None:
    """Raise `NotPermitted` with the roles that may, unless `user` may do `act` on `of`."""
    if may(user, act, of):
        return
    allowed = [str(role.label) for role in Role if act in ACTS[role]]
    raise NotPermitted(
        "not_permitted",
        _("Your role may not do this (%(act)s).") % {"act": act},
        _("These roles may: %(roles)s. Ask an administrator.") % {"roles": ", ".join(allowed)}
        if allowed
        else _("Only a superuser may."),
    )


def get_visible_or_404(queryset: QuerySet[Row], user: object, act: str, /, **lookup: object) -> Row:
    """The row, if `user` may do `act` (a view act) on it; 404 for what is not there or not theirs.

    A row of a foreign unit answers as if it did not exist. For an act that changes something, ask
    `require(user, act, of=row)` next: who may see it learns that they may not change it.
    """
    return get_object_or_404(visible(queryset, user, act), **lookup)

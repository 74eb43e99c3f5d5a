"""The permission question on pages: every page's view names the act that it is."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from shield.accounts.choices import Role
from shield.accounts.policy import ACTS, may
from shield.common.errors import NotPermitted


class PermissionRequired:
    """View mixin: refuses whoever the policy does not allow `act`.

    Anonymous people never arrive here; the login middleware has sent them to the login page.
    """

    act: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Ask the policy first, then do the work."""
        require(request.user, self.act)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


def require(user: object, act: str) -> None:
    """Raise `NotPermitted` with the roles that may, unless `user` may do `act`."""
    if may(user, act):
        return
    allowed = [str(role.label) for role in Role if act in ACTS[role]]
    raise NotPermitted(
        "not_permitted",
        _("Your role may not do this (%(act)s).") % {"act": act},
        _("These roles may: %(roles)s. Ask an administrator.") % {"roles": ", ".join(allowed)}
        if allowed
        else _("Only a superuser may."),
    )

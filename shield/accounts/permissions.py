"""The policy at the door of the API.

A view says which act each of its actions (or HTTP methods) is:

    acts = {"list": "service.view", "retrieve": "service.view", "partial_update": "service.change"}

What a view does not name is refused to everybody, so that a forgotten line is never an open door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shield.accounts.factors import acts_behind, is_missing
from shield.accounts.models import ApiToken
from shield.accounts.policy import PUBLIC, may, visible
from shield.accounts.scopes import ALL, SCOPES, acts_of
from shield.common.errors import NotPermitted

if TYPE_CHECKING:  # the views import this module through the settings
    from rest_framework.views import APIView


def act_of(view: APIView, method: str) -> str | None:
    """The act that a request to `view` is; None when the view names none."""
    acts = getattr(view, "acts", {})
    method = "GET" if method == "HEAD" else method
    return acts.get(getattr(view, "action", None) or method) or acts.get(method)


def refuse_without_factor(request: Request) -> None:
    """Raise NotPermitted for a token that covers an act of a role which asks for a second factor, when
    its owner has none: it was made before the role was given, or the factors were reset since. A
    token that covers no such act goes on, so that pipelines do."""
    token = request.auth
    if not isinstance(token, ApiToken) or not is_missing(request.user):
        return
    if ALL in token.scopes or acts_of(token.scopes) & acts_behind(request.user):
        raise NotPermitted(
            "second_factor_required",
            _("Your role needs a second factor."),
            _("Set one up in the browser under Account, Security; then this token works again."),
        )


def refuse_beyond_scopes(request: Request, act: str) -> None:
    """Raise NotPermitted where the token, not the person's role, is what does not reach so far."""
    token = request.auth
    if not isinstance(token, ApiToken) or token.covers(act):
        return
    enough = [name for name, acts in SCOPES.items() if act in acts]
    raise NotPermitted(
        "token_scope",
        _("This token was not made for this (%(act)s).") % {"act": act},
        _("Make one on your account's page with one of these scopes: %(scopes)s.")
        % {"scopes": ", ".join(enough)},
    )


class PolicyPermission(BasePermission):
    """Asks the policy; everything that is not named is denied."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True when the signed-in user may do the act of this view and method."""
        method = request.method or ""
        act = act_of(view, method)
        if act == PUBLIC:
            return True
        if not request.user.is_authenticated:
            return False
        refuse_without_factor(request)
        if method not in view.allowed_methods:
            raise MethodNotAllowed(method)
        if method == "OPTIONS":
            return True  # says which methods there are, nothing of the data
        if act is None:
            return False
        refuse_beyond_scopes(request, act)
        return may(request.user, act)

    def narrow(self, request: Request, view: APIView, queryset: QuerySet) -> QuerySet:
        """The rows that the user may read: by the act of reading one, or else the list."""
        acts = view.acts
        return visible(queryset, request.user, acts.get("retrieve") or acts["list"])

    def has_object_permission(self, request: Request, view: APIView, obj: object) -> bool:
        """True when the act is allowed on this row: in its business unit, up to its tier."""
        act = act_of(view, request.method or "")
        return act == PUBLIC or (act is not None and may(request.user, act, obj))

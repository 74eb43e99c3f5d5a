"""The policy at the door of the API.

A view says which act each of its actions (or HTTP methods) is:

    acts = {"list": "service.view", "retrieve": "service.view", "partial_update": "service.change"}

What a view does not name is refused to everybody, so that a forgotten line is never an open door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shield.accounts.policy import PUBLIC, may

if TYPE_CHECKING:  # the views import this module through the settings
    from rest_framework.views import APIView


def act_of(view: APIView, method: str) -> str | None:
    """The act that a request to `view` is; None when the view names none."""
    acts = getattr(view, "acts", {})
    method = "GET" if method == "HEAD" else method
    return acts.get(getattr(view, "action", None) or method) or acts.get(method)


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
        if method not in view.allowed_methods:
            raise MethodNotAllowed(method)
        if method == "OPTIONS":
            return True  # says which methods there are, nothing of the data
        return act is not None and may(request.user, act)

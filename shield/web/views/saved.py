"""Saving, removing and choosing the views of a list; each leads back to the list."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import PermissionRequired
from shield.accounts.policy import visible
from shield.web import saved_views
from shield.web.models import SavedView, ViewScope


class ViewSave(PermissionRequired, View):
    """Keep the filters of a list."""

    act = "account.own"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep them, and show the list with them."""
        data = request.POST
        kept_for, _colon, unit = data.get("scope", ViewScope.PRIVATE).partition(":")
        view = saved_views.view_save(
            actor=cast(User, request.user),
            page=data.get("page", ""),
            name=data.get("name", ""),
            query=data.get("query", ""),
            kept_for=kept_for if kept_for in ViewScope.values else ViewScope.PRIVATE,
            unit=_unit(request.user, unit),
            is_default="is_default" in data,
        )
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
        return redirect(view)


def _unit(user: object, slug: str) -> BusinessUnit | None:
    """The unit, if it is one to share views with: a foreign one is as if it were not there."""
    rows = visible(BusinessUnit.objects.all(), user, saved_views.SHARE)
    return rows.filter(slug=slug).first() if slug else None


class OwnView(PermissionRequired, View):
    """An act on a view of one's own; somebody else's is as if it were not there."""

    act = "account.own"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, and show the list."""
        user = cast(User, request.user)
        view = get_object_or_404(SavedView, pk=pk, user=user)
        self.apply(view, user)
        return redirect(f"{reverse(view.page)}?{view.query or 'view=0'}")

    def apply(self, view: SavedView, user: User) -> None:
        """Call the service."""
        raise NotImplementedError


class ViewRemove(OwnView):
    """Forget it."""

    def apply(self, view: SavedView, user: User) -> None:
        saved_views.view_remove(view=view, actor=user)


class ViewDefault(OwnView):
    """Let the list open with it, or no longer."""

    def apply(self, view: SavedView, user: User) -> None:
        saved_views.view_default(view=view, actor=user, is_default=not view.is_default)

"""The own account: profile, password, sessions, tokens."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.views import PasswordChangeView
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.generic import TemplateView

from shield.accounts import services
from shield.accounts.factors import has_factor, is_required
from shield.accounts.forms import TokenForm
from shield.accounts.models import ApiToken, BusinessUnit, User
from shield.accounts.oidc import is_configured
from shield.accounts.pages import PermissionRequired
from shield.accounts.policy import visible
from shield.accounts.recent import RecentToPost
from shield.accounts.scopes import SCOPE_WORDS
from shield.accounts.sessions import session_end, sessions_end_others, sessions_of


def person(request: HttpRequest) -> User:
    """Whoever is signed in."""
    return cast(User, request.user)


class AccountPage(PermissionRequired, TemplateView):
    """Who I am here, what I may do, and how I sign in."""

    act = "account.own"
    template_name = "accounts/account.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """My grants and ways in."""
        user = person(self.request)
        return super().get_context_data(**kwargs) | {
            "grants": user.grant_list,
            "has_factor": has_factor(user),
            "factor_required": is_required(user),
            "links": SocialAccount.objects.filter(user=user),
            "provider": settings.OIDC_NAME if is_configured() else "",
        }


class PasswordPage(PasswordChangeView):
    """A new password; the other sessions end by it."""

    template_name = "accounts/password.html"

    @transaction.atomic
    def form_valid(self, form: Form) -> HttpResponse:
        """The password and its event, or neither."""
        response: HttpResponse = super().form_valid(form)
        return response


class SessionsPage(PermissionRequired, RecentToPost, View):
    """Where I am signed in; ending one, or all others."""

    act = "account.own"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        rows = sessions_of(person(request))
        facts = {"sessions": rows, "here": request.session.session_key}
        return render(request, "accounts/sessions.html", facts)

    def post(self, request: HttpRequest) -> HttpResponse:
        """End the session `session`, or all others when none is named."""
        user = person(request)
        if number := request.POST.get("session", ""):
            rows = sessions_of(user).exclude(session_key=request.session.session_key)
            pk = int(number) if number.isdecimal() and len(number) < 19 else 0
            session_end(session=get_object_or_404(rows, pk=pk), actor=user.get_username())
            messages.success(request, _("That session has ended."))
        else:
            sessions_end_others(request=request, user=user)
            messages.success(request, _("You are signed out everywhere else."))
        return redirect("account-sessions")


def own_units(user: User) -> QuerySet[BusinessUnit]:
    """The units that a token of this person can be limited to."""
    return visible(BusinessUnit.objects.all(), user, "service.view")


class TokensPage(PermissionRequired, RecentToPost, View):
    """My tokens: each with what it may, from where, until when, and when it was last used."""

    act = "token.own"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, and the form for one more."""
        return self._page(request, TokenForm(units=own_units(person(request))))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make one, and show it this once."""
        user = person(request)
        form = TokenForm(request.POST, units=own_units(user))
        if not form.is_valid():
            return self._page(request, form, status=422)
        row, token = services.token_create(
            user=user, actor=user.get_username(), **form.cleaned_data
        )
        fresh = TokenForm(units=own_units(user))
        return self._page(request, fresh, made=row, token=token)

    def _page(
        self, request: HttpRequest, form: TokenForm, *, status: int = 200, **more: object
    ) -> HttpResponse:
        tokens = ApiToken.objects.filter(user=person(request)).select_related("unit")
        facts = {"form": form, "tokens": tokens[:200], "words": SCOPE_WORDS, **more}
        return render(request, "accounts/tokens.html", facts, status=status)


class TokenRevoke(PermissionRequired, View):
    """End one of my tokens now. Not asked again: ending is always safe."""

    act = "token.own"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End it."""
        user = person(request)
        token = get_object_or_404(ApiToken, user=user, pk=pk)
        services.token_revoke(token=token, actor=user.get_username())
        messages.success(request, _("The token no longer works."))
        return redirect("account-tokens")

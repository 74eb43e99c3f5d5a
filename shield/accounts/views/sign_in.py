"""The way in: name and password, then a factor where there is one; and the link that sets a password."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, LogoutView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from shield.accounts.events import about
from shield.accounts.forms import not_endless
from shield.accounts.models import User
from shield.accounts.oidc import is_configured
from shield.accounts.sessions import sessions_end_all


class SignIn(LoginView):
    """Name and password, or the organisation's identity provider."""

    template_name = "accounts/login.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Which ways in there are."""
        return super().get_context_data(**kwargs) | {
            "local": settings.LOCAL_LOGIN,
            "provider": settings.OIDC_NAME if is_configured() else "",
            "next": self.request.POST.get("next") or self.request.GET.get("next", ""),
            "first_start": not User.objects.exists(),
        }


class SignOut(LogoutView):
    """Out; asking first would only leave people signed in."""

    http_method_names = ["post", "options"]


class SecondFactor(AuthenticateView):
    """The second step of signing in."""

    template_name = "accounts/second_factor.html"


class Again(ReauthenticateView):
    """The password, before a sensitive act."""

    template_name = "accounts/again.html"
    extra_context = {"title": _("Is it still you?")}


class AgainByCode(CodeView):
    """A code, before a sensitive act."""

    template_name = "accounts/again.html"
    extra_context = {"title": _("Is it still you?")}


class InvitedPasswordForm(SetPasswordForm):
    """The first password, or a new one after the old was lost."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("new_password1", "new_password2"):
            self.fields[name].validators.append(not_endless)
        self.fields["new_password1"].help_text = ""


@method_decorator(never_cache, name="dispatch")
@method_decorator(login_not_required, name="dispatch")
class Invitation(PasswordResetConfirmView):
    """The page behind a one-time link: sets a password and ends all sessions of before."""

    template_name = "accounts/invitation.html"
    form_class = InvitedPasswordForm
    success_url = reverse_lazy("login")
    post_reset_login = False

    def get_user(self, uidb64: str) -> User | None:
        """Nobody, when the account is switched off."""
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    @transaction.atomic
    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        """The password is set; whoever was signed in as this person no longer is."""
        response = super().form_valid(form)
        user: User = form.user
        about(user.get_username(), "user.password", user, reason="one-time link")
        sessions_end_all(user=user, actor=user.get_username(), reason="new password")
        return response

"""Where the library that signs people in asks the product: lock-out, addresses, secrets, after-effects."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shield.accounts import events, lockout
from shield.accounts.clients import client_address
from shield.accounts.factors import is_required, others_than
from shield.accounts.models import User
from shield.accounts.policy import may
from shield.accounts.recent import is_recent
from shield.accounts.sealing import seal, unseal

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  (a value in a list, nothing listens there)


class AccountAdapter(DefaultAccountAdapter):
    """Passwords: the door is asked before each attempt, and told after it."""

    def pre_authenticate(self, request: HttpRequest, **credentials: object) -> None:
        """Refuse while a door is shut, before the password is looked at."""
        asked = lockout.doors(request, str(credentials.get("username", "")))
        left = lockout.locked_for(asked)
        if left is not None:
            raise locked(lockout.minutes(left))

    def authenticate(self, request: HttpRequest, **credentials: object) -> AbstractBaseUser | None:
        """Only whether name and password fit; signing in is elsewhere."""
        self._login_failed_rl_usage = _Nothing()
        return super().authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: object) -> None:
        """Count it, and write it down."""
        name = str(credentials.get("username", ""))
        shut = lockout.failed(lockout.doors(request, name))
        events.sign_in_failed(name, client_address(request), shut)
        if shut:
            raise locked(lockout.minutes(settings.LOCKOUT_FOR))

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of the client, as far as the proxies can be trusted."""
        return client_address(request) or UNKNOWN_ADDRESS

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Before sensitive acts, unless the person has just shown who they are, by any means."""
        return not is_recent(context.request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account here by themselves."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Home; to the own account for somebody who has no role yet."""
        return reverse("home" if may(request.user, "finding.view") else "account")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody goes whom the identity provider brought for the first time."""
        return self.get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("login")

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Somebody who was switched off meets the login page, as a stranger does."""
        messages.error(request, _("This account cannot sign in. Ask an administrator."))
        return redirect("login")


def locked(wait: int) -> ValidationError:
    """The one sentence for a shut door, whether there is such an account or not."""
    return ValidationError(
        ngettext(
            "Too many failed attempts. Try again in %(wait)d minute.",
            "Too many failed attempts. Try again in %(wait)d minutes.",
            wait,
        ),
        code="locked",
        params={"wait": wait},
    )


class _Nothing:
    """Stands for the library's own count of failures, which is not used."""

    def rollback(self) -> None:
        """Nothing was counted."""


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: keys of authenticator apps are encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host that passkeys are bound to, under the product's name."""
        return super().get_public_key_credential_rp_entity() | {"name": "Shield"}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whose role asks for a second factor keeps one."""
        user: User = authenticator.user
        return not is_required(user) or others_than(user, authenticator)

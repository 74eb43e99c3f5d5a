"""Second factors of the own account."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.db import transaction
from django.forms import Form
from django.http import HttpResponse
from django.urls import reverse_lazy

from shield.accounts.factors import is_missing, is_required
from shield.accounts.views.account import person
from shield.common.errors import Conflict


class SecurityPage(IndexView):
    """Which factors I have, and how to add one."""

    template_name = "accounts/security.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The factors, and whether a role asks for one."""
        user = person(self.request)
        host = self.request.get_host().partition(":")[0]
        return super().get_context_data(**kwargs) | {
            "required": is_required(user),
            "missing": is_missing(user),
            # Browsers bind passkeys to names, never to numbers.
            "by_number": host.replace(".", "").isdigit() or host.startswith("["),
        }


class AppRemove(DeactivateTOTPView):
    """Remove the authenticator app, with its event or not at all."""

    template_name = "accounts/app_remove.html"

    @transaction.atomic
    def form_valid(self, form: Form) -> HttpResponse:
        """Remove it, and the recovery codes when nothing else remains."""
        response: HttpResponse = super().form_valid(form)
        return response


class PasskeyAdd(AddWebAuthnView):
    """Add a passkey, with its event or not at all."""

    template_name = "accounts/passkey_add.html"

    @transaction.atomic
    def form_valid(self, form: Form) -> HttpResponse:
        """Add it, with recovery codes when it is the first factor."""
        response: HttpResponse = super().form_valid(form)
        return response


class PasskeyRemove(RemoveWebAuthnView):
    """Remove a passkey; the last factor stays where a role asks for one."""

    template_name = "accounts/passkey_remove.html"
    success_url = reverse_lazy("mfa_index")

    @transaction.atomic
    def form_valid(self, form: Form) -> HttpResponse:
        """Remove it, unless it is the last one and one is needed."""
        authenticator: Authenticator = self.get_object()
        if not get_adapter().can_delete_authenticator(authenticator):
            raise Conflict(
                "factor.needed",
                "Your role needs a second factor.",
                "Add another one before you remove this.",
            )
        response: HttpResponse = super().form_valid(form)
        return response

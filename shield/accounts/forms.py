"""The forms of signing in, and of looking after people and one's own account."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm
from allauth.account.forms import LoginForm as LibraryLoginForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shield.accounts import events, lockout
from shield.accounts.adapters import locked
from shield.accounts.choices import Role, TierLimit
from shield.accounts.clients import client_address
from shield.accounts.models import BusinessUnit
from shield.accounts.scopes import SCOPE_WORDS
from shield.common.texts import refuse_hidden_characters

LONGEST_PASSWORD = 200


class LoginForm(LibraryLoginForm):
    """User name and password, in words and limits of our own."""

    error_messages = {"username_password_mismatch": _("Name or password is not right.")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username")
        self.fields["login"].max_length = 150
        self.fields["password"].validators.append(not_endless)

    def clean(self) -> dict[str, Any] | None:
        """Nothing at all where only the identity provider signs people in."""
        if not settings.LOCAL_LOGIN:
            raise ValidationError(_("Sign in through your organisation."), code="no_local_login")
        cleaned: dict[str, Any] | None = super().clean()
        return cleaned


class PasswordForm(ChangePasswordForm):
    """The old password, then the new one twice."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Current password")
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password, again")
        for field in self.fields.values():
            field.validators.append(not_endless)


def not_endless(password: str) -> None:
    """Raise ValidationError for what only keeps the machine busy."""
    if len(password) > LONGEST_PASSWORD:
        raise ValidationError(_("A password has at most 200 characters."), code="too_long")


class _Counted:
    """A code is asked for behind the same kind of door as a password, and counts once."""

    user: Any

    def clean_code(self) -> str:
        """The code, when it is right, was not used before, and the door is open."""
        asked = lockout.code_door(self.user)
        left = lockout.locked_for(asked)
        if left is not None:
            raise locked(lockout.minutes(left))
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except ValidationError as error:
            if getattr(error, "code", "") != "too_many_login_attempts":
                shut = lockout.failed(asked)
                events.code_failed(self.user, client_address(context.request), shut)
            raise
        self._refuse_twice(code)
        lockout.succeeded(asked)
        return code

    def _refuse_twice(self, code: str) -> None:
        """A code of an app counts once in all the time that it is valid, not only in its first step."""
        if self.authenticator.type != Authenticator.Type.TOTP:  # type: ignore[attr-defined]
            return
        valid_s = 30 * (2 * settings.MFA_TOTP_TOLERANCE + 1)
        digits = "".join(each for each in code if each.isdigit())
        if not cache.add(f"shield.totp:{self.user.pk}:{digits}", 1, valid_s):
            raise ValidationError(_("This code was used before. Wait for the next."), code="used")


class CodeForm(_Counted, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_Counted, ReauthenticateForm):
    """A code before a sensitive act."""


class ReasonForm(forms.Form):
    """Why: every change of what people may do is explained."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class PersonForm(forms.Form):
    """Somebody new, with a first role."""

    username = forms.CharField(label=_("Username"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.VIEWER)
    unit = forms.ModelChoiceField(
        label=_("Business unit"), queryset=BusinessUnit.objects.none(), required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(
        self, *args: object, units: QuerySet[BusinessUnit], everywhere: bool, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        narrow_units(self.fields["unit"], units, everywhere=everywhere)

    def clean_username(self) -> str:
        """No characters that make one name look like another."""
        return refuse_hidden_characters(self.cleaned_data["username"])


class GrantForm(forms.Form):
    """One more role for somebody."""

    role = forms.ChoiceField(label=_("Role"), choices=Role)
    unit = forms.ModelChoiceField(
        label=_("Business unit"), queryset=BusinessUnit.objects.none(), required=False
    )
    tier_limit = forms.ChoiceField(
        label=_("Highest tier"), choices=[("", _("Every tier")), *TierLimit.choices], required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(
        self, *args: object, units: QuerySet[BusinessUnit], everywhere: bool, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        narrow_units(self.fields["unit"], units, everywhere=everywhere)


def narrow_units(field: forms.Field, units: QuerySet[BusinessUnit], *, everywhere: bool) -> None:
    """Offer these units; "everywhere" only to whoever may give it."""
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = units
    field.required = not everywhere
    field.empty_label = _("Everywhere") if everywhere else None


class UnitForm(forms.Form):
    """A business unit."""

    name = forms.CharField(label=_("Name"), max_length=120)

    def clean_name(self) -> str:
        """No characters that make one name look like another."""
        return refuse_hidden_characters(self.cleaned_data["name"])


class TokenForm(forms.Form):
    """What a token is for, and how little it needs."""

    name = forms.CharField(label=_("What it is for"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("May"),
        choices=list(SCOPE_WORDS.items()),
        initial=["ci"],
        widget=forms.CheckboxSelectMultiple,
    )
    unit = forms.ModelChoiceField(
        label=_("Only in this business unit"),
        queryset=BusinessUnit.objects.none(),
        required=False,
        empty_label=_("Wherever I may"),
    )
    networks = forms.CharField(
        label=_("Only from these networks"),
        required=False,
        max_length=2000,
        help_text=_("For example 10.1.0.0/16; several with commas. Empty: from anywhere."),
    )
    days = forms.IntegerField(label=_("Days until it ends"), min_value=1, max_value=365, initial=90)

    def __init__(self, *args: object, units: QuerySet[BusinessUnit], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """No characters that make one name look like another."""
        return refuse_hidden_characters(self.cleaned_data["name"])

    def clean_networks(self) -> list[str]:
        """One network a word."""
        return self.cleaned_data["networks"].replace(",", " ").split()

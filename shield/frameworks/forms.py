"""Forms of statements."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from shield.frameworks.choices import Scope
from shield.frameworks.services import LONGEST_DAYS, LONGEST_TEXT


class StatementForm(forms.Form):
    """What is signed, about what, and for how long."""

    text = forms.CharField(
        label=_("Statement"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 8})
    )
    scope = forms.ChoiceField(label=_("It speaks for"), choices=Scope)
    days = forms.IntegerField(
        label=_("It holds for (days)"), min_value=1, max_value=LONGEST_DAYS, initial=LONGEST_DAYS
    )
    sign = forms.BooleanField(label=_("I sign this with my name and role."))

    def __init__(self, *args: object, scopes: list[Scope], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(scope.value, scope.label) for scope in scopes]


class WithdrawForm(forms.Form):
    """Why a statement is taken back."""

    REASONS = (
        ("no_longer_true", _("It is no longer true")),
        ("mistake", _("It was a mistake")),
        ("left", _("Its signer no longer answers for it")),
        ("other", _("Another reason")),
    )

    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    comment = forms.CharField(
        label=_("Comment"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

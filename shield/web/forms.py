"""Forms of the inventory's pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from shield.registry.choices import EndedFor, Environment, StartedFor
from shield.registry.models import Version


class WithWhy(forms.Form):
    """Why, in the words of a short list and of the person; `reason_text` is both in one."""

    reason = forms.ChoiceField(label=_("Reason"))
    comment = forms.CharField(label=_("Comment"), max_length=1000, strip=True)

    @property
    def reason_text(self) -> str:
        """What the history keeps."""
        reasons = cast(forms.ChoiceField, self.fields["reason"])
        words = dict(cast(Iterable[tuple[str, str]], reasons.choices))
        return f"{words[self.cleaned_data['reason']]}: {self.cleaned_data['comment']}"


class DeploymentEndForm(WithWhy):
    """Why a version stops to serve."""

    reason = forms.ChoiceField(label=_("Reason"), choices=EndedFor)


class DeploymentForm(WithWhy):
    """Which version starts to serve in which environment, from now, and why."""

    version = forms.ChoiceField(label=_("Version"))
    environment = forms.ChoiceField(
        label=_("Environment"), choices=Environment, initial=Environment.PRODUCTION
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=StartedFor)
    field_order = ("version", "environment", "reason", "comment")

    def __init__(self, *args: object, versions: Iterable[Version], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = cast(forms.ChoiceField, self.fields["version"])
        field.choices = [(item.pk, item.label) for item in versions]


def problems_of(form: forms.Form) -> str:
    """What is wrong with a form, field by field, in one line: for a form that is no page of its own."""
    return " ".join(
        f"{form[name].label}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    )

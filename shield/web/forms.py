"""Forms of the inventory's pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from shield.registry.choices import Environment
from shield.registry.models import Version


class DeploymentForm(forms.Form):
    """Which version starts to serve in which environment, from now."""

    version = forms.ChoiceField(label=_("Version"))
    environment = forms.ChoiceField(
        label=_("Environment"), choices=Environment, initial=Environment.PRODUCTION
    )

    def __init__(self, *args: object, versions: Iterable[Version], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = cast(forms.ChoiceField, self.fields["version"])
        field.choices = [(item.pk, item.label) for item in versions]

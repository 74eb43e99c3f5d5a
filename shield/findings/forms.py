"""Forms on the page of a finding."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from shield.accounts.models import User


class CommentForm(forms.Form):
    """A comment on the timeline."""

    text = forms.CharField(
        label=_("Comment"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )


class AssignForm(forms.Form):
    """Who works on it."""

    assignee = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.filter(is_active=True).order_by("username"),
        required=False,
        empty_label=_("Nobody"),
    )


class StartForm(forms.Form):
    """Begin to work, with a word about how."""

    note = forms.CharField(label=_("Plan"), max_length=500, required=False)

"""Forms that ask for a reason: from a short list, with the person's own words behind it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from shield.risk.reasons import (
    ApproveReason,
    EndReason,
    Reasons,
    RejectReason,
    ReviewReason,
    told,
)

REASON = forms.Textarea(attrs={"rows": 3, "class": "form-control"})


def reason_field(reasons: Reasons) -> forms.ChoiceField:
    """The choice from a short list."""
    select = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=_("Reason"), choices=reasons.choices, widget=select)


class Reasoned(forms.Form):
    """A form with `category`, a choice from a short list, that is told in front of the person's words."""

    words: ClassVar[str] = "reason"

    def clean(self) -> dict[str, Any]:
        """Both as the one text that is kept."""
        data = super().clean() or {}
        category, words = data.get("category"), data.get(self.words)
        if category is not None and words is not None:
            data[self.words] = told(self.reasons(), category, words)
        return data

    def reasons(self) -> Reasons:
        """The list that `category` is from."""
        raise NotImplementedError


class DecisionForm(Reasoned):
    """What a second person decides, and why."""

    words = "note"
    decision = forms.ChoiceField(choices=[("approve", _("Approve")), ("reject", _("Reject"))])
    category = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            ("", _("Choose a reason")),
            (_("To approve"), ApproveReason.choices),
            (_("To reject"), RejectReason.choices),
        ],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    note = forms.CharField(label=_("Note"), max_length=2_000, widget=REASON)

    def reasons(self) -> Reasons:
        """Those of the decision."""
        return ApproveReason if self.cleaned_data.get("decision") == "approve" else RejectReason

    def clean_category(self) -> str:
        """A reason to approve is none to reject."""
        chosen: str = self.cleaned_data["category"]
        if chosen not in self.reasons().values:
            raise forms.ValidationError(_("Choose a reason that fits the decision."))
        return chosen


class NoteForm(forms.Form):
    """A word about an act."""

    note = forms.CharField(label=_("Note"), max_length=2_000, required=False, widget=REASON)


class EndForm(Reasoned):
    """Why a proposal is taken back, or an exception ends before its time."""

    words = "note"
    category = reason_field(EndReason)
    note = forms.CharField(label=_("Note"), max_length=2_000, required=False, widget=REASON)

    def reasons(self) -> Reasons:
        """Of ends."""
        return EndReason


class ReviewForm(Reasoned):
    """What the review of a version found."""

    words = "note"
    category = reason_field(ReviewReason)
    note = forms.CharField(label=_("Note"), max_length=2_000, widget=REASON)

    def reasons(self) -> Reasons:
        """Of reviews."""
        return ReviewReason

"""Forms of erasing data and of how long it is kept."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from shield.registry.retention import LONGEST

ERASE_REASONS = [
    ("request of a person", _("Request of a person whose data it holds")),
    ("uploaded by mistake", _("Uploaded by mistake")),
    ("end of purpose", _("The purpose that it was collected for has ended")),
    ("legal obligation", _("Legal obligation")),
]
RETENTION_REASONS = [
    ("policy of the organisation", _("Policy of the organisation")),
    ("legal obligation", _("Legal obligation")),
    ("storage", _("Storage space")),
]


class WithReason(forms.Form):
    """A reason from a short list and a comment; `reason_text` is both in one."""

    reason = forms.ChoiceField(label=_("Reason"))
    comment = forms.CharField(label=_("Comment"), max_length=1000, strip=True)

    @property
    def reason_text(self) -> str:
        """What the history keeps."""
        return f"{self.cleaned_data['reason']}: {self.cleaned_data['comment']}"


class EraseForm(WithReason):
    """Erase a dataset's bytes; `everywhere` agrees to erase them in other datasets too."""

    reason = forms.ChoiceField(label=_("Reason"), choices=ERASE_REASONS)
    everywhere = forms.BooleanField(label=_("Also where else these bytes are used"), required=False)


class RetentionForm(WithReason):
    """For how many days data is kept after the last need; nothing means for ever."""

    keep_days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=LONGEST, required=False,
        help_text=_("Leave empty to keep data for ever."),
    )  # fmt: skip
    reason = forms.ChoiceField(label=_("Reason"), choices=RETENTION_REASONS)

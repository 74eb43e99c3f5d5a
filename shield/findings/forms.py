"""Forms on the pages of findings and acceptances."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shield.accounts.directory import colleagues
from shield.accounts.models import User
from shield.findings.choices import (
    AcceptanceReason,
    DueReason,
    FalsePositiveReason,
    ReleaseReason,
    ReopenReason,
    SeverityReason,
    StartReason,
    Treatment,
)
from shield.findings.days import end_of_day, last_day
from shield.findings.models import Acceptance, Finding
from shield.findings.proposals import Terms
from shield.findings.sla import latest_due_date
from shield.findings.texts import LONGEST
from shield.records.choices import SeverityChoice


class Styled(forms.Form):
    """A form whose fields look as all others."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in self.fields.values():
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs.setdefault("class", kind)


class ActForm(Styled):
    """Carries the state of the finding that the page showed: a second writer is told so."""

    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


def words(
    label: Promise, *, required: bool = True, rows: int = 3, help_text: Promise | str = ""
) -> forms.CharField:
    """A field for some sentences."""
    return forms.CharField(
        label=label,  # type: ignore[arg-type]  # the stubs have a name of their own for lazy text
        required=required,
        max_length=LONGEST,
        help_text=help_text,  # type: ignore[arg-type]
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def offer(field: forms.Field, *, first: date, last: date) -> None:
    """Let a calendar offer only the days that will be taken; the services judge them all the same."""
    field.widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}


class CommentForm(Styled):
    """A comment on the timeline."""

    text = words(_("Comment"))


class AssignForm(ActForm):
    """Who works on it; a user name, so that the form does not list everybody."""

    assignee = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
        widget=forms.TextInput,
        error_messages={"invalid_choice": _("There is no active account of this name.")},
    )

    def know(self, user: object) -> None:
        """Only people of the person's own units: of others not even their names are told."""
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues(user, "finding.view")


class StartForm(ActForm):
    """Begin to work, with a word about how."""

    category = forms.ChoiceField(label=_("What will you do?"), choices=StartReason)
    note = words(_("Plan"), required=False)


class ReleaseForm(ActForm):
    """Stop working."""

    category = forms.ChoiceField(label=_("Why do you stop?"), choices=ReleaseReason)
    note = words(_("Comment"), required=False)


class ReopenForm(ActForm):
    """Take a false positive back."""

    category = forms.ChoiceField(label=_("Why is it open again?"), choices=ReopenReason)
    note = words(_("Comment"))


class SeverityForm(ActForm):
    """Another severity than the policy's."""

    severity = forms.ChoiceField(label=_("Severity"), choices=SeverityChoice)
    category = forms.ChoiceField(label=_("Reason"), choices=SeverityReason)
    note = words(_("Comment"))


class DueForm(ActForm):
    """Another due date."""

    due_at = forms.DateField(label=_("Due on"), widget=forms.DateInput(attrs={"type": "date"}))
    category = forms.ChoiceField(label=_("Reason"), choices=DueReason)
    note = words(_("Comment"))

    def know(self, finding: Finding) -> None:
        """The days to which this finding's date can be moved."""
        latest = latest_due_date(
            opened_at=finding.opened_at, severity=finding.severity, tier=finding.service.tier
        )
        offer(self.fields["due_at"], first=timezone.now().date(), last=last_day(latest))


class TicketForm(Styled):
    """A link to a ticket elsewhere."""

    url = forms.CharField(
        label=_("Address"), max_length=500, widget=forms.URLInput(attrs={"placeholder": "https://"})
    )
    title = forms.CharField(label=_("Name"), max_length=200, required=False)


class AcceptanceForm(ActForm):
    """The terms on which a risk would be accepted."""

    treatment = forms.ChoiceField(label=_("What happens to the risk?"), choices=Treatment)
    category = forms.ChoiceField(label=_("Reason"), choices=AcceptanceReason)
    reason = words(_("Why is this acceptable?"))
    controls = words(
        _("Compensating controls"),
        required=False,
        help_text=_("What limits the harm while the failure stays."),
    )
    expires_at = forms.DateField(
        label=_("Ends on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("At most 180 days from now. Then the finding is open again."),
    )
    mitigate_by = forms.DateField(
        label=_("Mitigated by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Only for a mitigation: the day by which the repair is in place."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        now = timezone.now()
        for name in ("expires_at", "mitigate_by"):
            offer(self.fields[name], first=now.date(), last=last_day(now + Acceptance.LONGEST))

    def terms(self) -> Terms:
        """What was entered, for the service."""
        data = self.cleaned_data
        return Terms(
            treatment=data["treatment"],
            category=data["category"],
            reason=data["reason"],
            controls=data["controls"],
            expires_at=end_of_day(data["expires_at"]),
            mitigate_by=data["mitigate_by"],
        )


class FalsePositiveForm(ActForm):
    """Why a failure is none."""

    category = forms.ChoiceField(label=_("What is wrong?"), choices=FalsePositiveReason)
    reason = words(_("Why is this not a failure?"))
    evidence = words(
        _("Evidence"), help_text=_("What a second person can look at to see that you are right.")
    )


class DecisionForm(ActForm):
    """Words of the person who decides."""

    note = words(_("Comment"))

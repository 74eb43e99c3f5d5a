"""Forms of incidents. Times are UTC."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shield.accounts.directory import colleagues
from shield.accounts.models import User
from shield.findings.models import Finding
from shield.incidents.choices import REASONS, Harm, Notification
from shield.incidents.models import Incident
from shield.records.choices import SeverityChoice
from shield.registry.choices import Environment
from shield.registry.models import Service, Version

MOST_FINDINGS = 200


class Moment(forms.DateTimeField):
    """A moment in UTC, as the browser's own field writes it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class Text(forms.CharField):
    """Several lines."""

    widget = forms.Textarea(attrs={"rows": 4})


class ReportForm(forms.Form):
    """What is known when an incident is reported."""

    title = forms.CharField(label=_("In one line"), max_length=200)
    what_happened = Text(label=_("What happened"), max_length=10_000)
    severity = forms.ChoiceField(
        label=_("Severity"), choices=SeverityChoice, initial=SeverityChoice.HIGH
    )
    noticed_at = Moment(label=_("Noticed at (UTC)"))
    started_at = Moment(label=_("Started at (UTC), if known"), required=False)
    ended_at = Moment(label=_("Ended at (UTC), if over"), required=False)
    environment = forms.ChoiceField(
        label=_("Environment"), choices=Environment, initial=Environment.PRODUCTION
    )
    version = forms.ModelChoiceField(
        label=_("Version"),
        queryset=Version.objects.none(),
        required=False,
        empty_label=_("The one that served there then"),
    )
    harm = forms.ChoiceField(label=_("Gravest harm"), choices=Harm, initial=Harm.NONE)
    people_harmed = forms.IntegerField(
        label=_("People harmed, about"), min_value=0, max_value=2_000_000_000, required=False
    )
    findings = forms.ModelMultipleChoiceField(
        label=_("Linked findings"), queryset=Finding.objects.none(), required=False
    )

    def __init__(self, *args: object, service: Service, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.narrow("version", service.versions.order_by("-pk"))
        newest = service.findings.order_by("-pk").values("pk")[:MOST_FINDINGS]
        self.narrow("findings", service.findings.filter(pk__in=newest))

        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def narrow(self, name: str, rows: QuerySet[Any]) -> None:
        """Offer only these rows."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows


class ChangeForm(ReportForm):
    """Everything that may be changed later, with a reason."""

    notification = forms.ChoiceField(
        label=_("Must an authority be notified?"), choices=Notification
    )
    notify_by = Moment(label=_("Notify by (UTC)"), required=False)
    notified_at = Moment(label=_("Notified at (UTC)"), required=False)
    authority = forms.CharField(label=_("Authority"), max_length=200, required=False)
    manager = forms.ModelChoiceField(
        label=_("Who manages it"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody yet"),
    )
    root_cause = Text(label=_("Root cause"), max_length=10_000, required=False)
    corrective_actions = Text(label=_("Corrective actions"), max_length=10_000, required=False)
    lessons = Text(label=_("Lessons"), max_length=10_000, required=False)
    reason = forms.CharField(label=_("Why this change"), max_length=2000)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: object, incident: Incident, user: object, **kwargs: object) -> None:
        super().__init__(*args, service=incident.service, **kwargs)
        now = User.objects.filter(pk=incident.manager_id or 0)
        self.narrow("manager", colleagues(user, "incident.manage") | now)


class MoveForm(forms.Form):
    """Why the state changes."""

    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    comment = forms.CharField(label=_("Comment"), max_length=2000)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


class CommentForm(forms.Form):
    """A comment on the timeline."""

    text = forms.CharField(label=_("Comment"), max_length=5000)

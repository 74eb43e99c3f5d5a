"""Forms of messages and webhooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from shield.accounts.models import BusinessUnit
from shield.notify.channels import CHANNELS, PERSONAL
from shield.notify.choices import ABOUT, Format, Kind, Rhythm
from shield.notify.models import Preference
from shield.notify.services.endpoints import Terms
from shield.notify.services.personal import Wishes, usual

HOURS = [(hour, f"{hour:02d}:00") for hour in range(24)]
ZONES = [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]
SUGGESTED = (
    "finding.*", "acceptance.*", "false_positive.*", "run.*", "deployment.*", "service.*",
    "policy.*", "evidence.*", "incident.*", "*",
)  # fmt: skip


class PreferenceForm(forms.Form):
    """How somebody wants to be told: a box for each kind and channel, and the times of mail."""

    email_rhythm = forms.ChoiceField(
        label=_("E-mail comes"), choices=Rhythm, widget=forms.RadioSelect
    )
    digest_hour = forms.TypedChoiceField(label=_("Daily at"), choices=HOURS, coerce=int)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=ZONES)
    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    critical_passes = forms.BooleanField(
        label=_("Critical messages come at once, also in quiet hours and instead of the digest"),
        required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, preference: Preference, **kwargs: Any) -> None:  # noqa: ANN401
        initial = {
            "email_rhythm": preference.email_rhythm,
            "digest_hour": preference.digest_hour,
            "time_zone": preference.time_zone,
            "quiet_from": preference.quiet_from,
            "quiet_until": preference.quiet_until,
            "critical_passes": preference.critical_passes,
        }
        for kind in Kind:
            for channel in PERSONAL:
                on = preference.chosen.get(channel, {}).get(kind, usual(channel=channel, kind=kind))
                initial[_name(channel, kind)] = on
        super().__init__(*args, **{**kwargs, "initial": initial})
        dress(self)
        for kind in Kind:
            for channel in PERSONAL:
                label = f"{kind.label}: {CHANNELS[channel].label}"
                self.fields[_name(channel, kind)] = forms.BooleanField(label=label, required=False)

    @property
    def kinds(self) -> list[dict[str, object]]:
        """The table of kinds and channels."""
        return [
            {
                "label": kind.label,
                "about": ABOUT[kind],
                "boxes": [
                    (CHANNELS[channel].label, self[_name(channel, kind)]) for channel in PERSONAL
                ],
            }
            for kind in Kind
        ]

    @property
    def selects(self) -> list[forms.BoundField]:
        """The times, side by side."""
        return [self[name] for name in ("digest_hour", "time_zone", "quiet_from", "quiet_until")]

    @property
    def channels(self) -> list[object]:
        """The heads of the table's columns."""
        return [CHANNELS[channel].label for channel in PERSONAL]

    def wishes(self) -> Wishes:
        """What the service takes."""
        data = self.cleaned_data
        return Wishes(
            chosen={
                channel: {kind.value: data[_name(channel, kind)] for kind in Kind}
                for channel in PERSONAL
            },
            email_rhythm=data["email_rhythm"],
            digest_hour=data["digest_hour"],
            time_zone=data["time_zone"],
            quiet_from=data["quiet_from"],
            quiet_until=data["quiet_until"],
            critical_passes=data["critical_passes"],
        )


def dress(form: forms.Form) -> None:
    """Give the fields the classes of the product's style sheet."""
    for field in form.fields.values():
        if isinstance(field.widget, forms.Select) and not isinstance(
            field.widget, forms.RadioSelect
        ):
            field.widget.attrs["class"] = "form-select"
        elif isinstance(field.widget, forms.TextInput | forms.Textarea | forms.TimeInput):
            field.widget.attrs["class"] = "form-control"


def _name(channel: str, kind: str) -> str:
    return f"{channel}-{kind}"


class EndpointForm(forms.Form):
    """A webhook. Which units are offered depends on who asks."""

    name = forms.CharField(label=_("Name"), max_length=100)
    url = forms.CharField(
        label=_("Address"), max_length=2000, help_text=_("https://… on port 443 or 8443")
    )
    acts = forms.CharField(
        label=_("Events"), max_length=3000, initial="finding.*",
        help_text=_("Patterns, separated by spaces or lines: finding.* run.finish *"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    format = forms.ChoiceField(label=_("Format"), choices=Format)
    unit = forms.ChoiceField(label=_("Business unit"), required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        units: Iterable[BusinessUnit],
        everywhere: bool,
        fixed: bool = False,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        dress(self)
        if fixed:  # a webhook stays in the unit that it was made for
            del self.fields["unit"]
            return
        offered = [("", _("Every unit"))] if everywhere else []
        field = cast(forms.ChoiceField, self.fields["unit"])
        field.choices = [*offered, *((str(unit.pk), unit.name) for unit in units)]
        field.required = not everywhere

    def terms(self) -> Terms:
        """What the service takes."""
        data = self.cleaned_data
        return Terms(data["name"], data["url"], data["acts"].split(), data["format"])


class SwitchForm(forms.Form):
    """On or off, and why."""

    active = forms.TypedChoiceField(choices=[("1", "on"), ("0", "off")], coerce=lambda v: v == "1")
    reason = forms.CharField(required=False, max_length=500)


class ReplayForm(forms.Form):
    """One delivery, or (empty) all that were given up."""

    delivery = forms.UUIDField(required=False)

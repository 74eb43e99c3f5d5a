"""Forms of proposals: policies, exceptions, tiering and appetite."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shield.evidence.policy import Policy, Rule
from shield.records.choices import SeverityChoice
from shield.risk.appetite.limits import Limits
from shield.risk.catalogue import CHECKS
from shield.risk.forms_decisions import REASON, Reasoned, reason_field
from shield.risk.models import PolicyVersion
from shield.risk.reasons import AppetiteReason, LimitReason, Reasons, TierReason
from shield.risk.tiering.questionnaire import Questionnaire

NUMBER = forms.NumberInput(attrs={"step": "any", "class": "form-control"})
COUNT = forms.NumberInput(attrs={"class": "form-control"})


def number_field(label: str | Promise) -> forms.FloatField:
    """A limit that may be left empty."""
    return forms.FloatField(label=cast(str, label), required=False, widget=NUMBER)


class PlainForm(forms.Form):
    """Fields in the product's dress."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select) and not isinstance(
                field.widget, forms.RadioSelect
            ):
                field.widget.attrs["class"] = "form-select"
            elif isinstance(field.widget, forms.TextInput):
                field.widget.attrs["class"] = "form-control"


class RuleForm(forms.Form):
    """The limit of one check; both limits empty take the rule away."""

    check = forms.CharField(max_length=100, widget=forms.HiddenInput)
    min = number_field(_("At least"))
    max = number_field(_("At most"))
    severity = forms.ChoiceField(label=_("Severity"), choices=SeverityChoice)
    grave_min = number_field(_("Grave below"))
    grave_max = number_field(_("Grave above"))
    grave_severity = forms.ChoiceField(label=_("Grave severity"), choices=SeverityChoice)
    required = forms.BooleanField(label=_("Required"), required=False)

    def as_rule(self) -> dict[str, Any] | None:
        """The rule in its JSON form, or None when there is no limit."""
        data = self.cleaned_data
        limit, grave = _ends(data["min"], data["max"]), _ends(data["grave_min"], data["grave_max"])
        if not limit:
            return None
        return {
            "threshold": limit,
            "severity": data["severity"],
            "grave": grave or None,
            "grave_severity": data["grave_severity"],
            "required": data["required"],
        }

    @property
    def title(self) -> str:
        """What people call the check."""
        return CHECKS.title(str(self["check"].value() or ""))


def _ends(low: float | None, high: float | None) -> dict[str, float]:
    return {key: end for key, end in (("min", low), ("max", high)) if end is not None}


RuleFormSet = forms.formset_factory(RuleForm, extra=0)


class PolicyForm(Reasoned, PlainForm):
    """Everything of a policy that is not a rule; `base` is the version that the form was made from."""

    base = forms.IntegerField(widget=forms.HiddenInput)
    fail_on = forms.ChoiceField(
        label=_("A failure stops the gate from this severity on"), choices=SeverityChoice
    )
    checks = forms.CharField(
        label=_("Pillars and checks to run, one a line"),
        widget=forms.Textarea(attrs={"rows": 6, "class": "form-control mono"}),
    )
    cadence_days = forms.IntegerField(
        label=_("Evidence holds for (days)"), min_value=1, max_value=1_095, widget=COUNT
    )
    review_days = forms.IntegerField(
        label=_("Next review of the policy in (days)"), min_value=1, max_value=365, widget=COUNT
    )
    backtest_days = forms.IntegerField(
        label=_("Look back (days)"), min_value=1, max_value=1_095, initial=180, widget=COUNT
    )
    category = reason_field(LimitReason)
    reason = forms.CharField(label=_("Why"), max_length=2_000, widget=REASON)

    def reasons(self) -> Reasons:
        """Of limits."""
        return LimitReason


def initial_rules(policy: Policy) -> list[dict[str, Any]]:
    """One form a check that this installation knows or the policy limits: those with a limit first."""
    others = [check for check in CHECKS.all() if check not in policy.rules]
    return [_initial(check, policy.rules.get(check)) for check in [*policy.rules, *others]]


def _initial(check: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"check": check, "severity": "high", "grave_severity": "critical"}
    grave = rule.grave
    return {
        "check": check,
        "min": rule.threshold.min,
        "max": rule.threshold.max,
        "severity": rule.severity.value,
        "grave_min": grave.min if grave else None,
        "grave_max": grave.max if grave else None,
        "grave_severity": rule.grave_severity.value,
        "required": rule.required,
    }


def initial_policy(version: PolicyVersion) -> dict[str, Any]:
    """What the form of a new proposal starts from."""
    return {
        "base": version.number,
        "fail_on": version.document["fail_on"],
        "checks": "\n".join(version.document["checks"]),
        "cadence_days": version.cadence_days,
        "review_days": version.review_days,
    }


class ExceptionForm(Reasoned, PlainForm):
    """Another limit for one check of one service, until a day."""

    check = forms.ChoiceField(label=_("Check"))
    min = number_field(_("At least"))
    max = number_field(_("At most"))
    expires_on = forms.DateField(
        label=_("Until"), widget=forms.DateInput(attrs={"type": "date", "class": "form-control"})
    )
    category = reason_field(LimitReason)
    reason = forms.CharField(label=_("Why"), max_length=2_000, widget=REASON)

    def reasons(self) -> Reasons:
        """Of limits."""
        return LimitReason

    def __init__(self, *args: Any, checks: Iterable[str], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["check"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(check, f"{CHECKS.title(check)} ({check})") for check in checks]

    def expires_at(self) -> datetime:
        """The end of the chosen day."""
        day = self.cleaned_data["expires_on"]
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


class TieringForm(Reasoned):
    """The questions of a version of the questionnaire, each answered with one of its choices."""

    def __init__(self, *args: Any, questionnaire: Questionnaire, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        for question in questionnaire.questions:
            self.fields[question.id] = forms.ChoiceField(
                label=question.text,
                help_text=question.why,
                choices=[(choice.id, choice.text) for choice in question.choices],
                widget=forms.RadioSelect,
            )
        self.fields["category"] = reason_field(TierReason)
        self.fields["reason"] = forms.CharField(label=_("Why"), max_length=2_000, widget=REASON)

    def answers(self) -> dict[str, str]:
        """Question → choice."""
        told = ("category", "reason")
        return {name: value for name, value in self.cleaned_data.items() if name not in told}

    def reasons(self) -> Reasons:
        """Of tiers."""
        return TierReason


class AppetiteForm(Reasoned, PlainForm):
    """What a unit bears; an empty limit is none. `base` is the version that the form was made from."""

    base = forms.IntegerField(required=False, widget=forms.HiddenInput)
    max_score = forms.FloatField(
        label=_("Highest risk score of a service"), required=False, widget=NUMBER
    )
    max_critical = forms.IntegerField(
        label=_("Critical findings of a service"), required=False, widget=COUNT
    )
    max_high = forms.IntegerField(
        label=_("High findings of a service"), required=False, widget=COUNT
    )
    min_coverage = forms.FloatField(
        label=_("Least coverage (0 to 1)"), required=False, widget=NUMBER
    )
    max_age_days = forms.IntegerField(
        label=_("Oldest evidence (days)"), required=False, widget=COUNT
    )
    category = reason_field(AppetiteReason)
    reason = forms.CharField(label=_("Why"), max_length=2_000, widget=REASON)

    def reasons(self) -> Reasons:
        """Of appetite."""
        return AppetiteReason

    def limits(self) -> Limits:
        """The limits as a value."""
        data = self.cleaned_data
        return Limits(
            data["max_score"], data["max_critical"], data["max_high"], data["min_coverage"],
            data["max_age_days"],
        )  # fmt: skip

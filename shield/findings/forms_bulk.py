"""What a bulk act asks for: the forms of the single acts, without the token of one finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shield.evidence.outcome import Severity
from shield.findings import forms as single
from shield.findings.choices import AssignReason
from shield.findings.days import end_of_day


class BulkAssignForm(single.AssignForm):
    """Who works on all of them, and why: the people concerned read it on each."""

    category = forms.ChoiceField(label=_("Reason"), choices=AssignReason)
    note = single.words(_("Comment"))


LABELS: Final[Mapping[str, str | Promise]] = {
    "claim": _("Take them"),
    "assign": _("Assign to somebody"),
    "start": _("Start work"),
    "release": _("Stop work"),
    "comment": _("Comment"),
    "severity": _("Change the severity"),
    "due": _("Change the due date"),
    "propose_acceptance": _("Propose to accept the risk"),
    "propose_false_positive": _("Call them false positives"),
}

FORMS: Final[Mapping[str, type[forms.Form]]] = {
    "claim": single.ActForm,
    "assign": BulkAssignForm,
    "start": single.StartForm,
    "release": single.ReleaseForm,
    "comment": single.CommentForm,
    "severity": single.SeverityForm,
    "due": single.DueForm,
    "propose_acceptance": single.AcceptanceForm,
    "propose_false_positive": single.FalsePositiveForm,
}


def facts_of(act: str, form: Any) -> dict[str, Any]:  # noqa: ANN401  (one of FORMS)
    """What the planner of the act takes, from the valid form."""
    if act == "propose_acceptance":
        return {"terms": form.terms()}
    data = {name: value for name, value in form.cleaned_data.items() if name != "seen"}
    if act == "severity":
        data["severity"] = Severity(data["severity"])
    if act == "due":
        data["due_at"] = end_of_day(data["due_at"])
    return data

"""How parts of a policy are written on a page, and what other pages show of a service's risk."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from shield.evidence.sentence import number
from shield.registry.models import Service
from shield.risk.forms_decisions import DecisionForm, EndForm
from shield.risk.selectors import breach_lines, reason_lines, service_standing
from shield.risk.tiering.selectors import tiering_of

register = template.Library()


@register.simple_tag
def policy_value(what: str, value: Any) -> str:  # noqa: ANN401  (JSON)
    """One side of a difference in words: a limit, a severity, yes or no, a list of checks."""
    if value is None:
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if what == "rule":
        return f"{_limit(value['threshold'])}, {value['severity']}"
    if what in ("limit", "grave"):
        return _limit(value)
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)


def _limit(value: dict[str, Any]) -> str:
    low, high = value.get("min"), value.get("max")
    ends = [f"≥ {number(low)}"] if low is not None else []
    ends += [f"≤ {number(high)}"] if high is not None else []
    if low is not None and high is not None and low == -high:  # as pages write every other limit
        ends = [f"± {number(high)}"]
    said = ", ".join(ends).replace("-", "−")
    return f"{said}: {value['severity']}" if value.get("severity") else said


@register.inclusion_tag("risk/panel.html", takes_context=True)
def risk_panel(context: template.Context, service: Service) -> dict[str, Any]:
    """Score, first reasons, breaches and why this tier: for the page of a service."""
    row = service_standing(service)
    return {
        "request": context["request"],
        "service": service,
        "standing": row,
        "lines": reason_lines(row)[:3] if row else [],
        "breaches": breach_lines(row) if row else [],
        "tiering": tiering_of(service),
    }


@register.simple_tag
def decision_form() -> DecisionForm:
    """The fields of a decision, for the page of any proposal."""
    return DecisionForm(auto_id="decision-%s")


@register.simple_tag
def end_form() -> EndForm:
    """The fields of taking a proposal back, or of ending an exception."""
    return EndForm(auto_id="end-%s")

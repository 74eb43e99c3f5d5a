"""How the product writes values on a page: one way for each kind of value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from django import template
from django.forms import (
    BoundField,
    ChoiceField,
    ModelMultipleChoiceField,
    MultipleChoiceField,
    Select,
)
from django.template.context import Context
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _lazy
from django_tables2.rows import BoundRow

from shield.accounts.models import BusinessUnit
from shield.accounts.policy import may as policy_may
from shield.accounts.policy import scope as policy_scope
from shield.common.columns import drawn_row
from shield.common.filters import TypedValues
from shield.evidence.measurement import Threshold
from shield.findings.choices import FindingState, reason_label
from shield.findings.models import Finding
from shield.records.models import MeasurementRecord
from shield.reports.charts import forest_plot
from shield.web import marks, values
from shield.web.act_words import act_in_words
from shield.web.marking import marked
from shield.web.saved_views import SHARE, views_of_page

register = template.Library()

for written in (
    values.num,
    values.count,
    values.percent,
    values.duration,
    values.digest,
    values.signed,
    values.unlocalized,
    values.run_label,
    values.file_size,
    values.actor_label,
    values.as_json,
):
    register.filter(written.__name__, written)
register.filter("marked", marked)
register.filter("reason_label", reason_label)
for tag in (
    values.when,
    values.interval,
    values.limits,
    values.slice_label,
    marks.icon,
    marks.badge,
    marks.strip_bars,
    marks.coverage_bar,
    marks.severity_links,
    marks.outcome_count,
):
    register.simple_tag(tag)


@register.simple_tag(takes_context=True)
def may(context: Context, act: str, of: object = None) -> bool:
    """Whether the person who looks at the page may do `act` on `of` (without it: anywhere)."""
    return policy_may(context["request"].user, act, of)


@register.inclusion_tag("components/saved_views.html", takes_context=True)
def saved_views(context: Context) -> dict[str, object]:
    """The views that the person has of the list being shown, and the form to keep another."""
    request = context["request"]
    where = policy_scope(request.user, SHARE)
    units = BusinessUnit.objects.order_by("name")
    return {
        "csrf_token": context.get("csrf_token"),
        "views": views_of_page(request),
        "user_id": request.user.pk,
        "page": request.resolver_match.view_name,
        "query": request.GET.urlencode(),
        "units": units.filter(pk__in=where.units) if where.units else units.none(),
        "may_share_all": where.everywhere,
    }


@register.inclusion_tag("components/copy.html")
def command(text: str) -> dict[str, str]:
    """A command line with a button that copies it."""
    return {"text": text}


@register.simple_tag(takes_context=True)
def table_row(context: Context, row: BoundRow) -> SafeString:
    """The cells of a row of a list."""
    return drawn_row(row, context)


@register.filter
def control(field: BoundField) -> SafeString:
    """The control of a form's field, dressed as the product's pages dress it."""
    select = isinstance(field.field.widget, Select)
    return field.as_widget(attrs={"class": "form-select" if select else "form-control"})


@register.filter
def get(mapping: Mapping[object, object], key: object) -> object:
    """`mapping[key]`, or None."""
    return mapping.get(key)


@register.simple_tag
def due_status(finding: Finding) -> str:
    """`overdue` or `running` while the finding asks for work, else `stopped`."""
    if finding.state not in FindingState.active():
        return "stopped"
    return "overdue" if finding.due_at < timezone.now() else "running"


@register.simple_tag
def filter_choices(field: BoundField) -> dict[str, object]:
    """A filter as a menu: checkboxes where several values may hold, else radio buttons.

    Where there are too many values to offer, those in force and a box to type another into.
    """
    typed = isinstance(field.field, TypedValues)
    several = typed or isinstance(field.field, MultipleChoiceField | ModelMultipleChoiceField)
    value = field.value()
    chosen = {str(item) for item in (value if isinstance(value, list | tuple) else [value]) if item}
    offered = list(cast(Iterable[tuple[object, str]], cast(ChoiceField, field.field).choices))
    if typed:
        known = {str(key) for key, _ in offered}
        offered += [(item, item) for item in sorted(chosen) if item not in known]
    choices = [
        {
            "value": str(key),
            "label": label,
            "checked": str(key) in chosen or (not key and not chosen),
        }
        for key, label in offered
    ]
    return {
        "type": "checkbox" if several else "radio",
        "typed": typed,
        "active": len(chosen),
        "choices": choices,
    }


PAIR_KINDS = {
    "new_failure": _lazy("New failure"),
    "fixed": _lazy("Fixed"),
    "changed": _lazy("Verdict changed"),
    "same": _lazy("Same verdict"),
    "only_before": _lazy("Not measured after"),
    "only_after": _lazy("Not measured before"),
}


@register.simple_tag
def pair_kind(kind: str) -> str:
    """What happened to a measurement between two runs."""
    return str(PAIR_KINDS[kind])


@register.simple_tag
def act_words(act: str) -> str:
    """An audited act in words; one that has none yet by its name."""
    return act_in_words(act)


TIMELINE_ICONS = {
    "opened": "flag",
    "seen": "eye",
    "resolved": "check",
    "closed": "lock",
    "regressed": "arrow-back-up",
    "state": "progress",
    "assigned": "user-check",
    "severity": "adjustments",
    "comment": "message",
    "due": "clock",
    "ticket": "link",
    "ticket_removed": "x",
    "acceptance_proposed": "help-circle",
    "acceptance_approved": "thumb-up",
    "acceptance_rejected": "circle-x",
    "acceptance_withdrawn": "arrow-back-up",
    "acceptance_expiring": "clock-exclamation",
    "acceptance_expired": "clock-exclamation",
    "mitigation_due": "clock-exclamation",
    "worse": "alert-triangle",
    "fp_proposed": "help-circle",
    "fp_confirmed": "eye-off",
    "fp_rejected": "circle-x",
    "fp_withdrawn": "arrow-back-up",
    "reopened": "arrow-back-up",
    "retired": "lock",
    "restored": "arrow-back-up",
}


@register.filter
def timeline_icon(act: str) -> str:
    """The icon of what happened to a finding."""
    return TIMELINE_ICONS[act]


@register.filter
def drawn(markup: str) -> SafeString:
    """A chart of `shield.web.charts`, which ElementTree wrote: it has escaped every label."""
    return mark_safe(markup)  # noqa: S308


@register.inclusion_tag("components/forest.html")
def forest(
    measurements: Sequence[MeasurementRecord], title: str, width: int = 1100
) -> dict[str, object]:
    """A forest plot, `width` wide and again for narrow screens; nothing for fewer than two rows."""
    measured = [item for item in measurements if item.value is not None]
    if len(measured) < 2:
        return {}
    ends = next(
        (
            (item.threshold_min, item.threshold_max)
            for item in measured
            if item.threshold_min is not None or item.threshold_max is not None
        ),
        None,
    )
    threshold = Threshold(*ends) if ends else None
    wide, narrow = (
        forest_plot(measured, threshold=threshold, title=title, width=size) for size in (width, 330)
    )
    # Made by ElementTree, which escapes every label.
    return {"wide": mark_safe(wide), "narrow": mark_safe(narrow)}  # noqa: S308

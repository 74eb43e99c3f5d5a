"""How the product writes values on a page: one way for each kind of value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.forms import (
    BoundField,
    ChoiceField,
    ModelMultipleChoiceField,
    MultipleChoiceField,
    Select,
)
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _lazy

from shield.accounts.models import BusinessUnit
from shield.accounts.policy import may as policy_may
from shield.accounts.policy import scope as policy_scope
from shield.common.filters import TypedValues
from shield.evidence.measurement import Threshold
from shield.findings.choices import FindingState, reason_label
from shield.findings.models import Finding
from shield.records.choices import RunState
from shield.records.models import MeasurementRecord, Run
from shield.reports.charts import forest_plot
from shield.web import values
from shield.web.act_words import act_in_words
from shield.web.badges import BADGES, Badge
from shield.web.icons import ICONS
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
    values.actor_label,
    values.as_json,
):
    register.filter(written.__name__, written)
register.filter("marked", marked)
register.filter("reason_label", reason_label)
for tag in (values.when, values.interval, values.limits, values.slice_label):
    register.simple_tag(tag)


@lru_cache(maxsize=len(ICONS))
def _icon_markup(name: str) -> str:
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"icon {name!r} is not listed in shield.web.icons")
    file = f"vendor/icons/{name}.svg"
    if found := finders.find(file):
        markup = Path(str(found)).read_text(encoding="utf-8")
    elif settings.STATIC_ROOT and (collected := Path(settings.STATIC_ROOT) / file).exists():
        markup = collected.read_text(encoding="utf-8")
    else:
        return ""  # assets are not installed; shield.web.W001 says so, and words carry the meaning
    return markup[markup.index("<path") : markup.rindex("</svg>")]


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon, drawn inline so that it takes the colour of its text."""
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" width="24" height="24"'
        ' aria-hidden="true" focusable="false">{}</svg>',
        css,
        mark_safe(_icon_markup(name)),  # noqa: S308  (a file of a pinned package)
    )


@register.simple_tag
def badge(kind: str, value: str | None) -> SafeString:
    """Colour + icon + word for an outcome, a severity, a state or a tier; never colour alone."""
    shown: Badge = BADGES[kind][value or ""]
    return format_html(
        '<span class="tag tag-{}">{}<span>{}</span></span>',
        shown.tone,
        icon(shown.icon),
        shown.label,
    )


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


@register.simple_tag
def strip_entry(run: Run) -> dict[str, str]:
    """One bar of the outcome strip: its tone and what it says to those who cannot see it."""
    if run.state == RunState.FINISHED:
        shown = BADGES["run_outcome"][run.outcome or ""]
    else:
        shown = BADGES["run_state"][run.state]
    when_text = f"{run.queued_at:%Y-%m-%d %H:%M} UTC"
    return {"tone": shown.tone, "title": f"{shown.label} · {run.version.label} · {when_text}"}


@register.simple_tag
def severity_counts(counts: Mapping[str, int] | None) -> list[tuple[str, str, int]]:
    """(value, label, count) of the severities that occur, in the fixed order."""
    return [
        (value, str(shown.label), (counts or {})[value])
        for value, shown in BADGES["severity"].items()
        if (counts or {}).get(value)
    ]


@register.simple_tag
def severity_icon(value: str) -> SafeString:
    """The icon of a severity alone; the word stands beside it for screen readers."""
    return icon(BADGES["severity"][value].icon)


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


def _typed_choices(field: BoundField) -> dict[str, object]:
    given = field.value()
    chosen = [str(each) for each in (given if isinstance(given, list | tuple) else []) if each]
    offered = {str(key): label for key, label in cast(TypedValues, field.field).suggestions}
    values = list(dict.fromkeys([*offered, *chosen]))
    return {
        "type": "checkbox",
        "active": len(chosen),
        "typed": True,
        "choices": [
            {"value": value, "label": offered.get(value, value), "checked": value in chosen}
            for value in values
        ],
    }


@register.simple_tag
def outcome_count(outcome: str, total: int) -> SafeString:
    """How many measurements of a check came to an outcome: icon and number, the word on hover."""
    shown = BADGES["outcome"][outcome]
    return format_html(
        '<span class="outcome-count tone-{}" title="{} {}">{}{}<span class="visually-hidden"> {}</span></span>',
        shown.tone, total, shown.label, icon(shown.icon), total, shown.label,
    )  # fmt: skip


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

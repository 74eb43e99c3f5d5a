"""How the product writes values on a page: one way for each kind of value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.forms import BoundField, ModelMultipleChoiceField, MultipleChoiceField
from django.template.context import Context
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from shield.accounts.policy import may as policy_may
from shield.evidence.measurement import ALL_GROUPS, Threshold
from shield.evidence.sentence import number as plain_number
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.choices import RunState
from shield.records.models import MeasurementRecord, Run
from shield.reports.charts import forest_plot
from shield.web.badges import BADGES, Badge
from shield.web.icons import ICONS

register = template.Library()


@lru_cache(maxsize=len(ICONS))
def _icon_markup(name: str) -> str:
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"icon {name!r} is not listed in shield.web.icons")
    found = finders.find(f"vendor/icons/{name}.svg")
    if not found:
        return ""  # assets are not installed; shield.web.W001 says so, and words carry the meaning
    markup = Path(str(found)).read_text(encoding="utf-8")
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


@register.simple_tag
def when(value: datetime | None, style: str = "relative") -> SafeString | str:
    """A time as people read it; machine-readable and in full UTC on hover."""
    if value is None:
        return "–"
    moment = timezone.localtime(value, timezone.get_default_timezone())
    shown = _relative(moment) if style == "relative" else format_date(moment, "j M Y, H:i")
    suffix = " UTC" if style == "full" else ""
    return format_html(
        '<time datetime="{}" title="{} UTC">{}{}</time>',
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        moment.strftime("%Y-%m-%d %H:%M:%S"),
        shown,
        suffix,
    )


def _relative(moment: datetime) -> str:
    now = timezone.now()
    if abs((now - moment).total_seconds()) < 60:
        return _("just now")
    if moment > now:
        return _("in %(span)s") % {"span": timesince(now, moment, depth=1)}
    return _("%(span)s ago") % {"span": timesince(moment, now, depth=1)}


@register.filter
def num(value: float | None) -> str:
    """A measured number: three decimals or three significant digits; – when there is none."""
    return "–" if value is None else plain_number(value).replace("-", "−")


@register.filter
def count(value: int | None) -> str:
    """A whole number with thousands separators."""
    return "–" if value is None else f"{value:,}"


@register.filter
def percent(value: float | None) -> str:
    """A share of 1 as whole percent."""
    return "–" if value is None else f"{value:.0%}"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as people say them: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@register.filter
def digest(value: str | None) -> str:
    """The first twelve digits of a SHA-256, enough to recognise it."""
    return value[:12] if value else "–"


@register.simple_tag
def interval(low: float | None, high: float | None) -> str:
    """[low, high]; an end that is open is said as −∞ or ∞."""
    if low is None and high is None:
        return "–"
    return f"[{'−∞' if low is None else num(low)}, {'∞' if high is None else num(high)}]"


@register.simple_tag
def limits(minimum: float | None, maximum: float | None) -> str:
    """A threshold: ≥ 0.8, ≤ 0.1, or both ends."""
    if minimum is not None and maximum is not None:
        symmetric = minimum == -maximum
        return f"± {num(maximum)}" if symmetric else f"{num(minimum)} … {num(maximum)}"
    if minimum is not None:
        return f"≥ {num(minimum)}"
    return "–" if maximum is None else f"≤ {num(maximum)}"


@register.simple_tag
def slice_label(value: Mapping[str, str] | str | None) -> SafeString | str:
    """Which people a number is about. Labels come from data, so their direction is isolated."""
    if isinstance(value, str):
        return {"rest": _("all others"), "overall": _("everybody"), "best": _("best group")}.get(
            value, value
        )
    if not value:
        return _("Everybody")
    return format_html_join(
        mark_safe(' <span class="text-secondary">·</span> '),
        '<span class="slice"><span class="slice-column">{}</span> <bdi>{}</bdi></span>',
        (
            (column, _("all groups") if group == ALL_GROUPS else group)
            for column, group in value.items()
        ),
    )


@register.simple_tag(takes_context=True)
def may(context: Context, act: str) -> bool:
    """Whether the person who looks at the page may do `act`."""
    return policy_may(context["request"].user, act)


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
def get(mapping: Mapping[object, object], key: object) -> object:
    """`mapping[key]`, or None."""
    return mapping.get(key)


@register.filter
def unlocalized(value: float) -> str:
    """A number for an attribute: a point, never a comma."""
    return f"{value:.4f}"


@register.filter
def run_label(value: object) -> str:
    """The first eight digits of a run's id, enough to recognise it."""
    return str(value)[:8]


@register.simple_tag
def due_status(finding: Finding) -> str:
    """`overdue` or `running` while the finding asks for work, else `stopped`."""
    if finding.state not in FindingState.active():
        return "stopped"
    return "overdue" if finding.due_at < timezone.now() else "running"


@register.simple_tag
def filter_choices(field: BoundField) -> dict[str, object]:
    """A filter as a menu: checkboxes where several values may hold, else radio buttons."""
    several = isinstance(field.field, MultipleChoiceField | ModelMultipleChoiceField)
    value = field.value()
    chosen = {str(item) for item in (value if isinstance(value, list | tuple) else [value]) if item}
    choices = [
        {
            "value": str(key),
            "label": label,
            "checked": str(key) in chosen or (not key and not chosen),
        }
        for key, label in field.field.choices
    ]
    return {
        "type": "checkbox" if several else "radio",
        "active": len(chosen),
        "choices": choices,
    }


@register.filter
def signed(value: float | None) -> str:
    """A difference: always with its sign."""
    return f"+{num(value)}" if value is not None and value > 0 else num(value)


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


@register.filter
def as_json(value: object) -> str:
    """For a data attribute; the template engine escapes it."""
    return json.dumps(value)


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
}


@register.filter
def timeline_icon(act: str) -> str:
    """The icon of what happened to a finding."""
    return TIMELINE_ICONS[act]


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

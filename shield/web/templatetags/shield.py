"""How the product writes values on a page: one way for each kind of value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.template.context import Context
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from shield.accounts.policy import may as policy_may
from shield.evidence.measurement import ALL_GROUPS
from shield.evidence.sentence import number as plain_number
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
        '<span class="tag tag-{}">{}<span>{}</span></span>', shown.tone, icon(shown.icon), shown.label
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

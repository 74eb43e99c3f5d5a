"""How values are written on a page: times, numbers, intervals, slices. One way for each kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from django.template.defaultfilters import date as format_date
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from shield.common.counting import Total
from shield.evidence.measurement import ALL_GROUPS
from shield.evidence.sentence import number as plain_number

RUN_ID = 36
"""The digits of a run's id as text."""


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


def num(value: float | None) -> str:
    """A measured number: three decimals or three significant digits; – when there is none."""
    return "–" if value is None else plain_number(value).replace("-", "−")


def count(value: int | None) -> str:
    """A whole number with thousands separators; "10,000+" when counting ended there."""
    if isinstance(value, Total):
        return str(value)
    return "–" if value is None else f"{value:,}"


def percent(value: float | None) -> str:
    """A share of 1 as whole percent."""
    return "–" if value is None else f"{value:.0%}"


def duration(seconds: float | str | None) -> str:
    """Seconds as people say them: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min; what has none yet has "–"."""
    if seconds is None or isinstance(seconds, str):  # a template's name for nothing is ""
        return "–"
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def digest(value: str | None) -> str:
    """The first twelve digits of a SHA-256, enough to recognise it."""
    return value[:12] if value else "–"


def interval(low: float | None, high: float | None) -> str:
    """[low, high]; an end that is open is said as −∞ or ∞."""
    if low is None and high is None:
        return "–"
    return f"[{'−∞' if low is None else num(low)}, {'∞' if high is None else num(high)}]"


def limits(minimum: float | None, maximum: float | None) -> str:
    """A threshold: ≥ 0.8, ≤ 0.1, or both ends."""
    if minimum is not None and maximum is not None:
        symmetric = minimum == -maximum
        return f"± {num(maximum)}" if symmetric else f"{num(minimum)} … {num(maximum)}"
    if minimum is not None:
        return f"≥ {num(minimum)}"
    return "–" if maximum is None else f"≤ {num(maximum)}"


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


def signed(value: float | None) -> str:
    """A difference: always with its sign."""
    return f"+{num(value)}" if value is not None and value > 0 else num(value)


def unlocalized(value: float) -> str:
    """A number for an attribute: a point, never a comma."""
    return f"{value:.4f}"


def run_label(value: object) -> str:
    """The first eight digits of a run's id, enough to recognise it."""
    return str(value)[:8]


def file_size(value: float) -> str:
    """Bytes for people: "12.5 MB"."""
    return str(filesizeformat(value))


def actor_label(actor: str) -> str:
    """Who acted: a run by the first digits of its id, like everywhere else."""
    what, _space, key = actor.partition(" ")
    return f"run {run_label(key)}" if what == "run" and len(key) == RUN_ID else actor


def as_json(value: object) -> str:
    """For a data attribute; the template engine escapes it."""
    return json.dumps(value)

"""Words and signs of the reports: outcomes and severities always as sign, colour and word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from shield.evidence.sentence import number as plain_number
from shield.findings.choices import FindingState
from shield.findings.wording import slice_text
from shield.records.models import MeasurementRecord
from shield.reports.marks import WORDS, outcome_mark

register = template.Library()

# Signs that differ by shape; the colour is that of paper, the style sheet repaints it on screens.
_SEVERITIES: Final = {
    "critical": ("M4 .8H10L13.2 4V10L10 13.2H4L.8 10V4Z", "#8f1622", "Critical"),  # octagon
    "high": ("M7 1L13.6 12.8H.4Z", "#c3272b", "High"),  # triangle
    "medium": ("M7 .6L13.4 7L7 13.4L.6 7Z", "#a05a00", "Medium"),  # diamond
    "low": ("M1 3H13L7 13Z", "#2f6bb3", "Low"),  # triangle downwards
    "info": ("M7 1A6 6 0 1 0 7 13A6 6 0 1 0 7 1Z", "#5c6773", "Info"),  # disc
}


@register.simple_tag
def outcome(value: str | None) -> SafeString:
    """The sign and the word of an outcome; None is descriptive."""
    kind = value or ""
    mark = ET.tostring(outcome_mark(kind, 7, 7), encoding="unicode")
    return format_html(
        '<span class="badge is-{}"><svg class="forest" viewBox="0 0 14 14" width="12" height="12"'
        ' aria-hidden="true">{}</svg> {}</span>',
        kind or "descriptive",
        mark_safe(mark),  # noqa: S308  made by ElementTree, from constants
        WORDS[kind],
    )


@register.simple_tag
def severity(value: str) -> SafeString:
    """The sign and the word of a severity."""
    path, colour, word = _SEVERITIES[value]
    return format_html(
        '<span class="badge severity-{}"><svg viewBox="0 0 14 14" width="12" height="12"'
        ' aria-hidden="true"><path d="{}" fill="{}"/></svg> {}</span>',
        value,
        path,
        colour,
        word,
    )


@register.filter
def number(value: float | None) -> str:
    """A number for a table: three decimals, "–" when there is none."""
    return "–" if value is None else plain_number(value)


@register.filter
def thousands(value: int) -> str:
    """1681 → "1,681"."""
    return f"{value:,}"


@register.filter
def interval(item: MeasurementRecord) -> str:
    """ "0.668 to 0.819"; an infinite end as ∞."""
    if item.low is None and item.high is None:
        return "–"
    low = "−∞" if item.low is None else plain_number(item.low)
    high = "∞" if item.high is None else plain_number(item.high)
    return f"{low} to {high}"


@register.filter
def slice_words(value: Mapping[str, str]) -> str:
    """A slice in plain words."""
    return slice_text(value)


@register.filter
def reference_words(value: Mapping[str, str] | str | None) -> str:
    """What a slice was compared with, in plain words."""
    if value is None:
        return "–"
    named = {"rest": "all other rows", "best": "the best group", "overall": "everybody"}
    return named.get(value, value) if isinstance(value, str) else slice_text(value)


@register.filter
def state_words(value: str) -> str:
    """The label of a finding's state."""
    return str(FindingState(value).label)


@register.filter
def percent(value: float) -> str:
    """0.95 → "95%"."""
    return f"{value:.0%}"

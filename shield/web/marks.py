"""Marks that a page repeats row by row: icons, badges, strips, coverage. Drawn here and not by templates,
because a list draws hundreds of them: a template takes five to ten times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import TemplateSyntaxError
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shield.records.choices import RunState
from shield.registry.models import Service
from shield.web import values
from shield.web.badges import BADGES, Badge
from shield.web.icons import ICONS
from shield.web.selectors import Strip

NOTHING = mark_safe('<span class="text-secondary">–</span>')


@lru_cache(maxsize=len(ICONS))
def _icon_markup(name: str) -> str:
    if name not in ICONS:
        raise TemplateSyntaxError(f"icon {name!r} is not listed in shield.web.icons")
    file = f"vendor/icons/{name}.svg"
    if found := finders.find(file):
        markup = Path(str(found)).read_text(encoding="utf-8")
    elif settings.STATIC_ROOT and (collected := Path(settings.STATIC_ROOT) / file).exists():
        markup = collected.read_text(encoding="utf-8")
    else:
        return ""  # assets are not installed; shield.web.W001 says so, and words carry the meaning
    return markup[markup.index("<path") : markup.rindex("</svg>")]


def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon, drawn inline so that it takes the colour of its text."""
    return _icon(name, css)


@lru_cache(maxsize=1_000)
def _icon(name: str, css: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" width="24" height="24"'
        ' aria-hidden="true" focusable="false">{}</svg>',
        css,
        mark_safe(_icon_markup(name)),  # noqa: S308  (a file of a pinned package)
    )


def badge(kind: str, value: str | None) -> SafeString:
    """Colour + icon + word for an outcome, a severity, a state or a tier; never colour alone."""
    return _badge(kind, value or "", get_language() or "")


@lru_cache(maxsize=1_000)
def _badge(kind: str, value: str, language: str) -> SafeString:
    shown: Badge = BADGES[kind][value]
    return format_html(
        '<span class="tag tag-{}">{}<span>{}</span></span>',
        shown.tone,
        icon(shown.icon),
        shown.label,
    )


def strip_bars(runs: Iterable[Strip]) -> SafeString:
    """The bars of an outcome strip: the tone of each, and its words for those who cannot see it."""
    bars = []
    for run in runs:
        kind, value = "run_state", run.state
        if run.state == RunState.FINISHED:
            kind, value = "run_outcome", run.outcome or ""
        shown = BADGES[kind][value]
        title = escape(f"{shown.label} · {run.version} · {run.queued_at:%Y-%m-%d %H:%M} UTC")
        bars.append(
            f'<li class="strip-bar strip-{shown.tone}" title="{title}">'
            f'<span class="visually-hidden">{title}</span></li>'
        )
    return mark_safe("".join(bars))  # noqa: S308  (tones are our words, titles are escaped)


def coverage_bar(coverage: Mapping[str, int] | None) -> SafeString:
    """How many of the planned checks were measured, as a bar, in figures, and in words on hover."""
    if not coverage or not coverage.get("planned"):
        return NOTHING
    counts = {
        name: values.count(coverage.get(name, 0))
        for name in ("measured", "planned", "skipped", "error", "left_out")
    }
    title = _(
        "%(measured)s of %(planned)s checks measured, %(skipped)s skipped, %(error)s in error"
    )
    if coverage.get("left_out"):
        title += _(", %(left_out)s that the tier asks for left out by the manifest")
    return format_html(
        '<span class="coverage" title="{}"><progress max="{}" value="{}" aria-label="{}"></progress> '
        '<span class="num">{}<span class="text-secondary">/{}</span></span></span>',
        title % counts, coverage["planned"], coverage.get("measured", 0), _("Checks measured"),
        counts["measured"], counts["planned"],
    )  # fmt: skip


def severity_links(counts: Mapping[str, int] | None, service: Service) -> SafeString:
    """Active findings of a service by severity, in the fixed order; each number links to its list."""
    shown = [(value, total) for value in BADGES["severity"] if (total := (counts or {}).get(value))]
    if not shown:
        return format_html('<span class="text-secondary">{}</span>', _("None"))
    to = f"{reverse('finding-list')}?service={service.slug}"
    links = format_html_join(
        " ",
        '<a class="severity-count sev-{}" href="{}&amp;severity={}&amp;show=active" title="{} {}">{}'
        '<span class="num">{}</span><span class="visually-hidden"> {}</span></a>',
        (
            (value, to, value, total, mark.label, icon(mark.icon), values.count(total), mark.label)
            for value, total in shown
            for mark in (BADGES["severity"][value],)
        ),
    )
    return format_html('<span class="severities">{}</span>', links)


def outcome_count(outcome: str, total: int) -> SafeString:
    """How many measurements of a check came to an outcome: icon and number, the word on hover."""
    shown = BADGES["outcome"][outcome]
    return format_html(
        '<span class="outcome-count tone-{}" title="{} {}">{}{}<span class="visually-hidden"> {}</span></span>',
        shown.tone, total, shown.label, icon(shown.icon), total, shown.label,
    )  # fmt: skip

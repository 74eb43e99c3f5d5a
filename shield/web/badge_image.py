"""The badge as an SVG: word and date on colours of their own, so that it reads on any page.

Made by ElementTree, which escapes whatever a name holds; no script, no style, no link, nothing loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from shield.registry.models import Service

# Each has at least 4.5 : 1 with white.
COLOURS: Final = {"pass": "#17703f", "fail": "#b3211f", "error": "#7a2fa8", "grey": "#4d5566"}
LABEL_COLOUR: Final = "#2a3040"
LABEL: Final = "Shield"
GLYPH: Final = 6.7  # width of a letter at 11 px; `textLength` then makes it so
PAD: Final = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the badge says."""

    word: str
    colour: str
    at: datetime | None = None

    @property
    def text(self) -> str:
        """Word and date of the evidence."""
        return f"{self.word} · {self.at:%Y-%m-%d}" if self.at else self.word


NOT_AVAILABLE: Final = Verdict("not available", "grey")


def verdict_of(service: Service) -> Verdict:
    """The last verdict; grey where it is not assessed, undecided, stale, or the service is retired.

    `service` comes from `services_overview`, which says what its page says of freshness.
    """
    seen = vars(service)
    at = seen["last_finished_at"]
    if service.retired_at is not None:
        return Verdict(_("retired"), "grey", service.retired_at)
    if seen["freshness"] == "never" or at is None:
        return Verdict(_("not assessed"), "grey")
    if seen["freshness"] == "stale":
        return Verdict(_("stale"), "grey", at)
    coverage = seen["last_coverage"] or {}
    if seen["last_outcome"] == "pass" and coverage.get("left_out"):
        # Only a part of what the tier asks for was asked: that much passes, no more.
        return Verdict(_("%(measured)s of %(planned)s checks pass") % coverage, "grey", at)
    word, colour = {
        "pass": (_("passes"), "pass"),
        "fail": (_("fails"), "fail"),
        "error": (_("error"), "error"),
        "inconclusive": (_("inconclusive"), "grey"),
        "skipped": (_("skipped"), "grey"),
    }.get(seen["last_outcome"] or "", (_("no limit set"), "grey"))
    return Verdict(word, colour, at)


def badge_svg(verdict: Verdict, name: str = "") -> bytes:
    """The image. `name` is only read aloud and shown on hover."""
    left, right = _width(LABEL), _width(verdict.text)
    title = f"{name}: {verdict.text}" if name else f"{LABEL}: {verdict.text}"
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(left + right),
            "height": "20",
            "role": "img",
            "aria-label": title,
        },
    )
    ET.SubElement(svg, "title").text = title
    clip = ET.SubElement(svg, "clipPath", {"id": "r"})
    whole = {"width": str(left + right), "height": "20", "rx": "3", "fill": "#fff"}
    ET.SubElement(clip, "rect", whole)
    boxes = ET.SubElement(svg, "g", {"clip-path": "url(#r)"})
    ET.SubElement(boxes, "rect", {"width": str(left), "height": "20", "fill": LABEL_COLOUR})
    ET.SubElement(
        boxes,
        "rect",
        {"x": str(left), "width": str(right), "height": "20", "fill": COLOURS[verdict.colour]},
    )
    words = ET.SubElement(
        svg,
        "g",
        {
            "fill": "#fff",
            "text-anchor": "middle",
            "font-family": "Verdana,Geneva,DejaVu Sans,sans-serif",
            "font-size": "11",
        },
    )
    for text, start, width in ((LABEL, 0, left), (verdict.text, left, right)):
        place = {
            "x": str(start + width / 2),
            "y": "14",
            "textLength": str(width - 2 * PAD),
            "aria-hidden": "true",
        }
        ET.SubElement(words, "text", place).text = text
    return ET.tostring(svg, encoding="utf-8", xml_declaration=False)


def _width(text: str) -> int:
    return round(len(text) * GLYPH) + 2 * PAD

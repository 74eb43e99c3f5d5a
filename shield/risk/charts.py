"""The waterfall of a score as SVG: one bar a reason, each beginning where the one before ended.

Classes and presentation attributes only, so that a strict Content-Security-Policy lets it through; the
same numbers stand in a table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from shield.risk.selectors import ReasonLine

ROW: Final = 30
TONES: Final = {"open": "fail", "overdue": "critical", "accepted": "grey"}


@dataclass(frozen=True, slots=True)
class Frame:
    """The room of the chart: narrow screens have the words above their bar."""

    width: int
    most: float

    @property
    def narrow(self) -> bool:
        """Too narrow for words beside the bars."""
        return self.width < 560

    @property
    def left(self) -> float:
        """Where zero points stand."""
        return 8.0 if self.narrow else 330.0

    @property
    def step(self) -> int:
        """From one bar to the next."""
        return ROW + 16 if self.narrow else ROW

    def x(self, points: float) -> float:
        """Where so many points stand."""
        right = 56.0 if self.narrow else 64.0
        return self.left + points * (self.width - self.left - right) / max(self.most, 1.0)


def waterfall(lines: Sequence[ReasonLine], *, score: float, most: float, width: int) -> str:
    """An SVG element, `width` wide: the reasons from 0 up to the score, on a scale up to `most`."""
    frame = Frame(width, most)
    height = frame.step * (len(lines) + 1) + 34
    root = ET.Element(
        "svg",
        {
            "class": "waterfall", "role": "img", "viewBox": f"0 0 {width} {height}",
            "width": str(width), "height": str(height), "aria-label": _label(lines, score),
        },
    )  # fmt: skip
    _axis(root, frame, height)
    start = 0.0
    for place, line in enumerate(lines):
        tone = TONES.get(line.code.split(".")[0], "medium")
        bar = Bar(line.text, start, start + line.points, f"+{line.points:.1f}", f"wf-bar wf-{tone}")
        _draw(root, frame, bar, 8.0 + place * frame.step)
        start = bar.end
    total = Bar(_("Risk score"), 0.0, score, f"{score:.1f}", "wf-bar wf-total")
    _draw(root, frame, total, 8.0 + len(lines) * frame.step)
    return ET.tostring(root, encoding="unicode")


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the chart."""

    label: str
    start: float
    end: float
    number: str
    css: str


def _label(lines: Sequence[ReasonLine], score: float) -> str:
    said = "; ".join(f"{line.text}: {line.points:.1f}" for line in lines)
    return f"{_('Risk score')} {score:.1f}. {said}".strip()


def _axis(root: ET.Element, frame: Frame, height: int) -> None:
    for tick in range(0, int(frame.most) + 1, 20 if frame.most > 50 else 10):
        x = _f(frame.x(tick))
        line = {"class": "wf-grid", "x1": x, "x2": x, "y1": "4", "y2": _f(height - 22)}
        ET.SubElement(root, "line", line)
        _text(root, str(tick), (frame.x(tick), height - 6), "wf-tick", anchor="middle")


def _draw(root: ET.Element, frame: Frame, bar: Bar, y: float) -> None:
    top = y + 16 if frame.narrow else y
    shown = _short(bar.label, 44 if frame.narrow else 52)
    place = (8.0, y + 11) if frame.narrow else (0.0, y + 15)
    label = _text(root, shown, place, "wf-label")
    if shown != bar.label:
        ET.SubElement(label, "title").text = bar.label
    width = max(frame.x(bar.end) - frame.x(bar.start), 1.5)
    size = {"width": _f(width), "height": _f(ROW - 10), "rx": "2"}
    ET.SubElement(
        root, "rect", {"class": bar.css, "x": _f(frame.x(bar.start)), "y": _f(top), **size}
    )
    _text(root, bar.number, (frame.width - 4.0, top + 15), "wf-number", anchor="end")


def _text(
    root: ET.Element, words: str, at: tuple[float, float], css: str, *, anchor: str = "start"
) -> ET.Element:
    place = {"class": css, "x": _f(at[0]), "y": _f(at[1]), "text-anchor": anchor}
    element = ET.SubElement(root, "text", place)
    element.text = words
    return element


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _f(value: float) -> str:
    return f"{value:.1f}"

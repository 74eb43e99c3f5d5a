"""The few shapes that the dashboard's charts are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from shield.evidence.canonical import digest
from shield.reports.axis import Axis

FONT: Final = "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Plot:
    """The room of a chart: the outer size, and the inner rectangle that holds the values."""

    width: float
    height: float
    left: float = 44
    top: float = 12
    right: float = 8
    bottom: float = 44

    @property
    def floor(self) -> float:
        """The y of the horizontal axis."""
        return self.height - self.bottom

    @property
    def end(self) -> float:
        """The x of the right border of the inner rectangle."""
        return self.width - self.right

    def slots(self, count: int) -> tuple[float, list[float]]:
        """The width of one of `count` equal columns, and the x of each one's middle."""
        step = (self.end - self.left) / max(count, 1)
        return step, [self.left + step * (index + 0.5) for index in range(count)]

    def scale(self, low: float, high: float) -> Axis:
        """Values to distances above the floor; read it with `y`."""
        return Axis(low, high, 0.0, self.floor - self.top)

    def y(self, scale: Axis, value: float) -> float:
        """The height at which a value stands."""
        return self.floor - scale.x(value)


def ceiling(values: Iterable[float]) -> float:
    """The round number at or above every value: where a count's axis ends; at least 1."""
    most = max([1.0, *values])
    power = 10.0 ** (len(str(int(most))) - 1)
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= most)


def svg(kind: str, plot: Plot, *, title: str, words: Sequence[str]) -> ET.Element:
    """The root of a chart, with a title and a description for those who do not see it."""
    key = digest([kind, title, list(words), plot.width])[:12]
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": f"dash dash-{kind}",
            "viewBox": f"0 0 {short(plot.width)} {short(plot.height)}",
            "role": "img",
            "aria-labelledby": f"dash-{key}-title dash-{key}-desc",
            "font-family": FONT,
            "font-size": "11",
            "width": short(plot.width),
            "height": short(plot.height),
        },
    )
    ET.SubElement(root, "title", id=f"dash-{key}-title").text = title
    ET.SubElement(root, "desc", id=f"dash-{key}-desc").text = "; ".join(words)
    return root


def grid(root: ET.Element, plot: Plot, scale: Axis, *, percent: bool = False) -> None:
    """Horizontal lines at round values, with the values at the left."""
    for tick in scale.ticks(5):
        if not percent and tick != int(tick):
            continue  # a count has no halves
        y = plot.y(scale, tick)
        line(root, (plot.left, y), (plot.end, y), "dash-grid")
        words = f"{tick:.0%}" if percent else f"{tick:,.0f}"
        text(root, words, (plot.left - 6, y + 3.5), anchor="end")


Point = tuple[float, float]


def line(root: ET.Element, start: Point, end: Point, css: str) -> None:
    """A straight line."""
    (x1, y1), (x2, y2) = start, end
    ET.SubElement(
        root, "line", {"class": css, "x1": short(x1), "y1": short(y1), "x2": short(x2),
                       "y2": short(y2), "stroke": "#8a92a3"},
    )  # fmt: skip


def text(root: ET.Element, words: str, at: Point, *, anchor: str = "middle", css: str = "") -> None:
    """Words at a place."""
    x, y = at
    element = ET.SubElement(
        root,
        "text",
        {"class": f"dash-text {css}".strip(), "x": short(x), "y": short(y),
         "text-anchor": anchor, "fill": "#555d70"},
    )  # fmt: skip
    element.text = words


def linked(root: ET.Element, href: str) -> ET.Element:
    """A link around what follows, where there is somewhere to go; each is one tab stop."""
    if not href:
        return ET.SubElement(root, "g")
    root.set("role", "group")  # an image may hold nothing to go to
    return ET.SubElement(root, "a", {"href": href})


def labels(root: ET.Element, plot: Plot, places: Sequence[float], words: Sequence[str]) -> None:
    """The words under the columns; of many only every second, third … so that none overlap."""
    longest = max((len(each) for each in words), default=0)
    step = (plot.end - plot.left) / max(len(words), 1)
    every = max(1, -(-int(longest * 6.4 + 8) // max(int(step), 1)))
    for index, (x, word) in enumerate(zip(places, words, strict=True)):
        if (len(words) - 1 - index) % every == 0:  # the last one is always told
            beyond = x + len(word) * 3.1 > plot.width
            place = (plot.width if beyond else x, plot.floor + 16)
            text(root, word, place, anchor="end" if beyond else "middle")


def short(value: float) -> str:
    """A coordinate without useless digits."""
    return f"{value:.1f}".removesuffix(".0")


def written(root: ET.Element) -> str:
    """The chart as markup; every label has been escaped."""
    return ET.tostring(root, encoding="unicode")

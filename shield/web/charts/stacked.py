"""Counts by kind, column after column: severities over time, findings by age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from shield.web.charts.drawing import (
    Plot,
    ceiling,
    grid,
    labels,
    line,
    linked,
    short,
    svg,
    text,
    written,
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what stands under it, how many of each kind, and where a click leads.

    `counts` None means that nothing is known of this time: a gap, which is not zero.
    """

    label: str
    full: str
    counts: Mapping[str, int] | None
    href: str = ""

    @property
    def total(self) -> int:
        """All kinds together."""
        return sum((self.counts or {}).values())


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its value (also its colour's class) and its word."""

    value: str
    word: str = field(default="")


def stacked_columns(
    columns: Sequence[Column], kinds: Sequence[Kind], *, title: str, width: float = 560
) -> str:
    """Stacked columns, the gravest kind at the bottom where heights compare best.

    `kinds` in the order of gravity. Kinds that never occur are left out of the legend.
    """
    plot = Plot(width, 220, bottom=62)
    shown = [kind for kind in kinds if any((each.counts or {}).get(kind.value) for each in columns)]
    root = svg("stacked", plot, title=title, words=[_words(each, kinds) for each in columns])
    scale = plot.scale(0, ceiling(float(each.total) for each in columns))
    grid(root, plot, scale)
    step, places = plot.slots(len(columns))
    wide, unit = min(step * 0.72, 46), scale.right / scale.high
    for column, x in zip(columns, places, strict=True):
        if column.counts is None:
            text(root, "·", (x, plot.floor - 4), css="dash-gap")
            continue
        group = linked(root, column.href if column.total else "")
        ET.SubElement(group, "title").text = _words(column, kinds)
        _bars(group, column.counts, kinds, Bar(x - wide / 2, wide, plot.floor, unit))
    line(root, (plot.left, plot.floor), (plot.end, plot.floor), "dash-axis")
    labels(root, plot, places, [column.label for column in columns])
    _legend(root, plot, shown)
    return written(root)


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a column stands, and how tall one count of it is."""

    left: float
    wide: float
    floor: float
    unit: float


def _bars(group: ET.Element, counts: Mapping[str, int], kinds: Sequence[Kind], bar: Bar) -> None:
    y = bar.floor
    for kind in kinds:
        tall = counts.get(kind.value, 0) * bar.unit
        if tall <= 0:
            continue
        y -= tall
        ET.SubElement(
            group, "rect",
            {"class": f"dash-bar is-{kind.value}", "x": short(bar.left), "y": short(y),
             "width": short(bar.wide), "height": short(tall)},
        )  # fmt: skip


def _legend(root: ET.Element, plot: Plot, kinds: Sequence[Kind]) -> None:
    x, y = plot.left, plot.height - 10
    if not kinds:
        text(root, "0", (x, y), anchor="start")
    for kind in kinds:
        ET.SubElement(
            root, "rect",
            {"class": f"dash-bar is-{kind.value}", "x": short(x), "y": short(y - 9),
             "width": "10", "height": "10", "rx": "2"},
        )  # fmt: skip
        text(root, kind.word, (x + 15, y), anchor="start")
        x += 30 + 6.2 * len(kind.word)


def _words(column: Column, kinds: Sequence[Kind]) -> str:
    if column.counts is None:
        return f"{column.full}: –"
    parts = [
        f"{column.counts[kind.value]:,} {kind.word.lower()}"
        for kind in kinds
        if column.counts.get(kind.value)
    ]
    return f"{column.full}: {', '.join(parts) or '0'}"

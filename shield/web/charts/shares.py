"""Shares with their intervals over time: how often a promise was kept, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from shield.web.charts.drawing import Plot, grid, labels, line, linked, short, svg, text, written

Z: Final = 1.959963984540054
"""The 0.975 quantile of the standard normal distribution."""


def wilson(kept: int, n: int) -> tuple[float, float]:
    """The Wilson score interval of `kept` of `n`, 95 %, for n ≥ 1.

    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n); Wilson, E. B. (1927), JASA 22. Written out
    here because the web process loads no scipy; tests hold it to `shield.evidence.statistics`.
    """
    p, z2 = kept / n, Z * Z
    middle = p + z2 / (2 * n)
    half = Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    whole = 1 + z2 / n
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


@dataclass(frozen=True, slots=True)
class Share:
    """`kept` of `n`, with the Wilson score interval (95 %); nothing for n = 0."""

    label: str
    full: str
    kept: int
    n: int
    href: str = ""

    @property
    def value(self) -> float | None:
        """The share, or None where there was nothing to keep."""
        return self.kept / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its ends."""
        return wilson(self.kept, self.n)

    @property
    def words(self) -> str:
        """In one line, for titles and tables."""
        if self.value is None:
            return f"{self.full}: n 0"
        low, high = self.interval
        return f"{self.full}: {self.value:.0%} [{low:.0%}, {high:.0%}], n {self.n:,}"


def share_points(shares: Sequence[Share], *, title: str, width: float = 560) -> str:
    """One point a share with its interval as a line, and n beneath; a gap where n is 0."""
    plot = Plot(width, 220, bottom=58)
    root = svg("shares", plot, title=title, words=[share.words for share in shares])
    scale = plot.scale(0, 1)
    grid(root, plot, scale, percent=True)
    _, places = plot.slots(len(shares))
    for share, x in zip(shares, places, strict=True):
        if share.value is None:
            continue
        group = linked(root, share.href)
        ET.SubElement(group, "title").text = share.words
        low, high = share.interval
        line(group, (x, plot.y(scale, low)), (x, plot.y(scale, high)), "dash-interval")
        for end in (low, high):
            y = plot.y(scale, end)
            line(group, (x - 4, y), (x + 4, y), "dash-interval")
        ET.SubElement(
            group, "circle",
            {"class": "dash-point", "cx": short(x), "cy": short(plot.y(scale, share.value)),
             "r": "4.5"},
        )  # fmt: skip
    line(root, (plot.left, plot.floor), (plot.end, plot.floor), "dash-axis")
    labels(root, plot, places, [share.label for share in shares])
    for share, x in zip(shares, places, strict=True):
        if share.n:  # where nothing was due the gap says it
            text(root, f"n {share.n:,}", (x, plot.floor + 32), css="dash-n")
    return written(root)

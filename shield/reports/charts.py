"""Group forest plots as SVG: one line a group, its value, interval, limit and verdict.

Only presentation attributes and classes: no script, no style attribute, no outside reference, so a
strict Content-Security-Policy lets it through and a PDF looks like the page. The attributes are
the light theme; `static/reports/charts.css` repaints the same classes for dark screens.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from shield.evidence.canonical import digest
from shield.evidence.measurement import Measurement, Threshold
from shield.evidence.sentence import limit_text, number
from shield.records.models import MeasurementRecord
from shield.reports.axis import Axis, axis_for
from shield.reports.marks import COLOURS, WORDS, outcome_mark
from shield.reports.rows import MOST, URGENCY, Layout, Row, gravest, parity_of, row_of


def forest_plot(
    measurements: Sequence[Measurement | MeasurementRecord],
    *,
    threshold: Threshold | None,
    title: str,
    width: int = 820,
) -> str:
    """An SVG element with one row a measurement, in the order given.

    More than `MOST` rows: the gravest stay and a line says how many more the table has. A width
    below 560 gives the form for narrow screens. Never empty: without rows it says so.
    """
    every = [row_of(item) for item in measurements]
    rows = gravest(every)
    layout = Layout.of(width)
    limits = [x for x in ((threshold.min, threshold.max) if threshold else ()) if x is not None]
    parity = parity_of(every)
    axis = axis_for(
        [row.value for row in rows if row.value is not None],
        [end for row in rows for end in (row.low, row.high)],
        limits if parity is None else [*limits, parity],
        left=layout.left,
        right=layout.right,
    )
    bottom = layout.top + layout.row * len(rows) + 4
    body = [_good_side(axis, threshold, layout, bottom), *_axis(axis, layout, bottom)]
    if parity is not None:
        body.append(_vertical(axis.x(parity), layout.top, bottom, "forest-parity", "1 3"))
    for limit in limits:
        body += _limit(axis, limit, layout, bottom, ends=limit == threshold.min)  # type: ignore[union-attr]
    for index, row in enumerate(rows):
        body += _draw(row, axis, layout, layout.y(index))
    foot = bottom + 34
    if len(rows) < len(every):
        more = f"… and {len(every) - len(rows)} more groups in the table"
        body.append(_text(more, 0 if not layout.stacked else 10, foot, "forest-more"))
        foot += 20
    legend, height = _legend(rows, threshold, parity, layout, foot)
    return _svg(title, every, layout.width, height, [*body, *legend])


def _draw(row: Row, axis: Axis, layout: Layout, y: float) -> list[ET.Element]:
    size = f"{row.n:,}"
    if layout.stacked:
        words = [
            _text(_short(row.label, 30), 10, y - 12, "forest-label", full=row.full),
            _text(row.numbers, layout.width - 10, y - 12, "forest-number", "end"),
        ]
    else:
        right = layout.right
        words = [
            _text(
                _short(row.label, int(layout.left / 6.8)), 0, y + 4, "forest-label", full=row.label
            ),
            _text(row.numbers, right + 14, y + 4, "forest-number"),
            _text(f"n {size}", layout.width - 104, y + 4, "forest-number", "end"),
            _verdict(row, layout.width, y + 4),
        ]
    return words + _interval(row, axis, y)


def _verdict(row: Row, x: float, y: float) -> ET.Element:
    word = _text(WORDS[row.outcome], x, y, f"forest-word is-{_kind(row)}", "end")
    word.set("fill", COLOURS[row.outcome])
    word.set("font-weight", "600")
    return word


def _interval(row: Row, axis: Axis, y: float) -> list[ET.Element]:
    if row.value is None:
        return [outcome_mark(row.outcome, (axis.left + axis.right) / 2, y)]
    drawn = []
    if row.low is not None or row.high is not None:
        low = axis.low if row.low is None else row.low
        high = axis.high if row.high is None else row.high
        drawn.append(
            ET.Element(
                "line",
                {
                    "class": f"forest-interval is-{_kind(row)}",
                    "x1": _f(axis.x(low)), "x2": _f(axis.x(high)), "y1": _f(y), "y2": _f(y),
                    "stroke": COLOURS[row.outcome], "stroke-width": "2",
                },
            )
        )  # fmt: skip
        for end, side in ((row.low, -1), (row.high, 1)):
            drawn.append(_cap(end, side, row, axis, y))
    return [*drawn, outcome_mark(row.outcome, axis.x(row.value), y)]


def _cap(end: float | None, side: int, row: Row, axis: Axis, y: float) -> ET.Element:
    """A small bar at an end that is shown, an arrow head at one that lies outside."""
    outside = end is None or not axis.holds(end)
    x = (axis.left if side < 0 else axis.right) if outside else axis.x(end or 0.0)
    path = (
        f"M{_f(x - 5 * side)} {_f(y - 4)}L{_f(x)} {_f(y)}L{_f(x - 5 * side)} {_f(y + 4)}"
        if outside
        else f"M{_f(x)} {_f(y - 4)}V{_f(y + 4)}"
    )
    return ET.Element(
        "path",
        {
            "class": f"forest-interval is-{_kind(row)}", "d": path, "fill": "none",
            "stroke": COLOURS[row.outcome], "stroke-width": "2",
        },
    )  # fmt: skip


def _good_side(
    axis: Axis, threshold: Threshold | None, layout: Layout, bottom: float
) -> ET.Element:
    group = ET.Element("g")
    if threshold is None:
        return group
    left = axis.left if threshold.min is None else axis.x(threshold.min)
    right = axis.right if threshold.max is None else axis.x(threshold.max)
    ET.SubElement(
        group,
        "rect",
        {
            "class": "forest-good", "x": _f(left), "y": _f(layout.top),
            "width": _f(right - left), "height": _f(bottom - layout.top),
            "fill": COLOURS["pass"], "fill-opacity": "0.09",
        },
    )  # fmt: skip
    return group


def _axis(axis: Axis, layout: Layout, bottom: float) -> list[ET.Element]:
    base = ET.Element(
        "line",
        {
            "class": "forest-axis", "x1": _f(axis.left), "x2": _f(axis.right),
            "y1": _f(bottom), "y2": _f(bottom), "stroke": "#8a94a0",
        },
    )  # fmt: skip
    drawn = [base]
    for tick in axis.ticks(5 if layout.stacked else 6):
        x = axis.x(tick)
        drawn.append(_vertical(x, bottom, bottom + 4, "forest-axis", ""))
        drawn.append(_text(f"{tick:g}", x, bottom + 16, "forest-tick", "middle"))
    return drawn


def _limit(
    axis: Axis, limit: float, layout: Layout, bottom: float, *, ends: bool
) -> list[ET.Element]:
    x, words = axis.x(limit), f"limit {number(limit)}"
    # The lower limit's words stand to its left, the upper one's to its right: they never meet;
    # at the border of a narrow drawing they turn inwards.
    space = 6.2 * len(words)
    ends = x + space > layout.width if not ends else x - space > 0
    place, anchor = (x - 3, "end") if ends else (x + 3, "start")
    return [
        _vertical(x, layout.top - 4, bottom, "forest-limit", "5 3"),
        _text(words, place, layout.top - 8, "forest-tick", anchor),
    ]


def _legend(
    rows: list[Row], threshold: Threshold | None, parity: float | None, layout: Layout, y: float
) -> tuple[list[ET.Element], float]:
    x = start = 10.0 if layout.stacked else 0.0
    drawn = []
    entries = [(kind, WORDS[kind]) for kind in URGENCY if any(r.outcome == kind for r in rows)]
    if threshold is not None:
        entries.append(("limit", f"limit: {limit_text(threshold)} (good side shaded)"))
    if parity is not None:
        entries.append(("parity", f"dotted: {parity:g}, no difference between groups"))
    for kind, words in entries:
        needed = 18 + 6.4 * len(words)
        if x > start and x + needed > layout.width:
            x, y = start, y + 18
        if kind == "limit":
            drawn.append(_vertical(x + 6, y - 10, y + 3, "forest-limit", "5 3"))
        elif kind == "parity":
            drawn.append(_vertical(x + 6, y - 10, y + 3, "forest-parity", "1 3"))
        else:
            drawn.append(outcome_mark(kind, x + 6, y - 4))
        drawn.append(_text(words, x + 16, y, "forest-legend"))
        x += needed + 14
    if not rows:
        drawn.append(_text("There is nothing to draw.", start, layout.top, "forest-legend"))
    return drawn, y + 10


def _svg(title: str, rows: list[Row], width: float, height: float, body: list[ET.Element]) -> str:
    words = [f"{row.full}: {row.numbers}, n {row.n:,}, {WORDS[row.outcome]}" for row in rows]
    key = digest([title, words, width])[:12]
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "forest",
            "viewBox": f"0 0 {_f(width)} {_f(height)}",
            "role": "img",
            "aria-labelledby": f"forest-{key}-title forest-{key}-desc",
            "font-family": "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif",
            "font-size": "12",
            "width": _f(width),
            "height": _f(height),
        },
    )
    ET.SubElement(root, "title", id=f"forest-{key}-title").text = title
    ET.SubElement(root, "desc", id=f"forest-{key}-desc").text = "; ".join(words[:MOST])
    root.extend(body)
    return ET.tostring(root, encoding="unicode")


def _vertical(x: float, y1: float, y2: float, css: str, dashes: str) -> ET.Element:
    line = ET.Element(
        "line",
        {
            "class": css, "x1": _f(x), "x2": _f(x), "y1": _f(y1), "y2": _f(y2),
            "stroke": "#8a94a0" if css != "forest-limit" else "#2b3440", "stroke-width": "1.2",
        },
    )  # fmt: skip
    if dashes:
        line.set("stroke-dasharray", dashes)
    return line


def _text(
    words: str, x: float, y: float, css: str, anchor: str = "start", *, full: str = ""
) -> ET.Element:
    element = ET.Element(
        "text",
        {"class": css, "x": _f(x), "y": _f(y), "text-anchor": anchor, "fill": "#2b3440"},
    )
    element.text = words
    if full and full != words:
        ET.SubElement(element, "title").text = full
    return element


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _kind(row: Row) -> str:
    return row.outcome or "descriptive"


def _f(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

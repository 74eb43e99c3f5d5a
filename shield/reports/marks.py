"""Outcome as shape, colour and word: the same three signs in charts and reports."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

WORDS: Final = {
    "pass": "Pass",
    "fail": "Fail",
    "inconclusive": "Inconclusive",
    "error": "Error",
    "skipped": "Skipped",
    "": "Descriptive",
}

COLOURS: Final = {
    "pass": "#1a7f37",
    "fail": "#c3272b",
    "inconclusive": "#5c6773",
    "error": "#9a3fb5",
    "skipped": "#8a94a0",
    "": "#2f6bb3",
}

# Paths around (0, 0), about 10 wide: told apart without colour, also in a bad photocopy.
_SHAPES: Final = {
    "pass": "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0Z",  # disc
    "fail": "M0 -6.5L6.5 0L0 6.5L-6.5 0Z",  # diamond
    "inconclusive": "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z",  # ring
    "error": "M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5",  # cross
    "skipped": "M-5 0H5",  # dash
    "": "M-4 -4H4V4H-4Z",  # square
}
_OUTLINED: Final = frozenset({"inconclusive", "error", "skipped"})


def outcome_mark(outcome: str, x: float, y: float) -> ET.Element:
    """The shape of an outcome ("" is descriptive), centred on (x, y)."""
    outlined = outcome in _OUTLINED
    return ET.Element(
        "path",
        {
            "class": f"forest-mark is-{outcome or 'descriptive'}{' is-outlined' * outlined}",
            "d": _SHAPES[outcome],
            "transform": f"translate({x:.1f} {y:.1f})",
            "fill": "#ffffff" if outlined else COLOURS[outcome],
            "stroke": COLOURS[outcome],
            "stroke-width": "2" if outlined else "1",
        },
    )

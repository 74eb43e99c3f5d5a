"""The lines of a forest plot: what a measurement says on one line, and where it stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from shield.evidence.measurement import Measurement
from shield.evidence.sentence import number
from shield.findings.wording import slice_label, slice_text
from shield.records.models import MeasurementRecord

MOST: Final = 40
"""Rows that a reader can still compare; the rest is in the table."""

URGENCY: Final = {"fail": 0, "error": 1, "inconclusive": 2, "pass": 3, "": 4, "skipped": 5}
"""Outcomes in the order in which a reader must see them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the plot."""

    label: str
    full: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    outcome: str
    unit: str

    @property
    def numbers(self) -> str:
        """ "0.743 [0.668, 0.819]", or "not measured"."""
        if self.value is None:
            return "not measured"
        if self.low is None and self.high is None:
            return number(self.value)
        return f"{number(self.value)} [{_end(self.low, '−∞')}, {_end(self.high, '∞')}]"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand, in units of the drawing; `stacked` puts the words above the line."""

    width: float
    left: float
    right: float
    row: float
    stacked: bool
    top: float = 22.0

    @classmethod
    def of(cls, width: int) -> Layout:
        """Columns beside the plot where there is room, else words above each line."""
        if width < 560:
            return cls(width, 10, width - 10, 44, stacked=True)
        return cls(width, 0.27 * width, 0.6 * width, 26, stacked=False)

    def y(self, index: int) -> float:
        """The height of the line of row `index`."""
        return self.top + self.row * index + (30 if self.stacked else 13)


def row_of(item: Measurement | MeasurementRecord) -> Row:
    """The line that shows a measurement, as computed or as recorded."""
    if isinstance(item, MeasurementRecord):
        low, high = item.low, item.high
    else:
        low, high = (item.interval.low, item.interval.high) if item.interval else (None, None)
    return Row(
        label=slice_label(item.slice),
        full=slice_text(item.slice),
        value=item.value,
        low=low if low is None or math.isfinite(low) else None,
        high=high if high is None or math.isfinite(high) else None,
        n=item.n,
        outcome=str(item.outcome or ""),
        unit=item.unit,
    )


def gravest(rows: list[Row]) -> list[Row]:
    """At most `MOST` rows: failed before inconclusive before passed, in their own order."""
    if len(rows) <= MOST:
        return rows
    ranked = sorted(range(len(rows)), key=lambda index: (URGENCY[rows[index].outcome], index))
    return [rows[index] for index in sorted(ranked[:MOST])]


def parity_of(rows: list[Row]) -> float | None:
    """The value at which nobody is better off: 1 for ratios, 0 for differences."""
    units = {row.unit for row in rows if row.value is not None}
    if units == {"ratio"}:
        return 1.0
    return 0.0 if units and all("difference" in unit for unit in units) else None


def _end(value: float | None, infinite: str) -> str:
    return infinite if value is None else number(value)

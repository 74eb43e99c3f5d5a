"""The horizontal axis of a chart: which numbers it spans and where its ticks stand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale from [low, high] in numbers to [left, right] in the drawing."""

    low: float
    high: float
    left: float
    right: float

    def x(self, value: float) -> float:
        """The place of a value; values outside the axis stand at its end."""
        inside = min(max(value, self.low), self.high)
        return self.left + (inside - self.low) / (self.high - self.low) * (self.right - self.left)

    def holds(self, value: float) -> bool:
        """False when the value lies outside and is drawn at the end."""
        return self.low <= value <= self.high

    def ticks(self, at_most: int = 6) -> list[float]:
        """Round numbers on the axis, at most `at_most` of them."""
        span = self.high - self.low
        raw = span / max(at_most - 1, 1)
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(step * power for step in _STEPS if step * power >= raw * (1 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        # `+ 0.0` turns a negative zero into zero.
        return [round(index * step, 12) + 0.0 for index in range(first, last + 1)]


def axis_for(
    values: Iterable[float],
    ends: Iterable[float | None],
    marks: Sequence[float],
    *,
    left: float,
    right: float,
) -> Axis:
    """An axis that shows every value and mark, and interval ends as far as that stays readable.

    `ends` may hold None or infinities. One very wide interval must not squeeze all others together:
    an end further out than one and a half times the span of values and marks is drawn as an arrow.
    """
    fixed = [value for value in (*values, *marks) if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(fixed), max(fixed)
    finite = [end for end in ends if end is not None and math.isfinite(end)]
    reach = 1.5 * (high - low) if high > low else math.inf
    low = max(min([low, *finite]), low - reach)
    high = min(max([high, *finite]), high + reach)
    # All numbers equal: a little room; the scale of the number decides how much.
    margin = 0.04 * (high - low) or 0.1 * abs(high) or 0.5
    return Axis(low - margin, high + margin, left, right)

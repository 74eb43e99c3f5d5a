"""The difference of two measured values, with an interval made from the intervals of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shield.evidence.measurement import Interval

METHOD = (
    "Square-and-add (MOVER) on the two 95 % intervals, treating the runs as independent samples; "
    "for symmetric intervals this is the normal approximation. Where both runs measured the same "
    "rows, or an interval is simultaneous over several groups, the true interval is narrower."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """`after` − `before`; `interval` is None when either value came without one."""

    value: float
    interval: Interval | None

    @property
    def is_clear(self) -> bool:
        """True when the interval lies wholly on one side of zero."""
        if self.interval is None:
            return False
        return self.interval.low > 0 or self.interval.high < 0


def difference(
    before: float, before_interval: Interval | None, after: float, after_interval: Interval | None
) -> Difference:
    """after − before, in the unit of both.

    With d = after − before, [l, u] around each:
    low = d − √((after − l_after)² + (u_before − before)²),
    high = d + √((u_after − after)² + (before − l_before)²).
    Open ends give open ends.

    Source: Zou & Donner, "Construction of confidence limits about effect measures", Statistics in
    Medicine 27 (2008), section 2.
    """
    value = after - before
    if before_interval is None or after_interval is None:
        return Difference(value, None)
    down = math.hypot(after - after_interval.low, before_interval.high - before)
    up = math.hypot(after_interval.high - after, before - before_interval.low)
    return Difference(value, Interval(value - down, value + up))

"""The five outcomes and the five severities, and how outcomes roll up.

Every verdict in the product is one of these values, never a boolean: a value that could not be
measured must stay apart from one that was measured and was good.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """What a measurement, a check, a pillar or a run came to."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    SKIPPED = "skipped"


class Severity(StrEnum):
    """How much a failure matters; the policy assigns it."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Order for comparison: critical 4 … info 0."""
        return 4 - list(Severity).index(self)

    def at_least(self, other: Severity) -> bool:
        """True when this severity is as grave as `other`, or graver."""
        return self.rank >= other.rank


_WORST_FIRST = (Outcome.ERROR, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS)


def roll_up(outcomes: Iterable[Outcome | None]) -> Outcome | None:
    """The worst of the measured parts: error > fail > inconclusive > pass.

    `None` marks a descriptive measurement (no threshold): it gives no verdict, but it was measured.
    So `skipped` is the answer only when every part was skipped; `None` when what was measured is
    descriptive, or there is no part at all.
    """
    present = set(outcomes)
    for outcome in _WORST_FIRST:
        if outcome in present:
            return outcome
    return Outcome.SKIPPED if present == {Outcome.SKIPPED} else None
